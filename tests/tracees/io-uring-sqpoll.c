/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A ring with a kernel thread that polls for submissions: a write and a no-op are handed over
 * without a call, and their completions read from shared memory. Where the kernel refuses, that is
 * what is said.
 */

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>

#include "tracee.h"

struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions, *completions;
	struct io_uring_sqe *entries;
};

static unsigned *at(char *map, unsigned offset)
{
	return (unsigned *)(void *)(map + offset);
}

static void *map_part(const struct ring *ring, size_t size, off_t offset)
{
	void *part = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			  offset);

	if (part == MAP_FAILED)
		tracee_fail(__FILE__, __LINE__, "mmap");
	return part;
}

static void map_ring(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;

	ring->submissions = map_part(ring, p->sq_off.array + p->sq_entries * sizeof(unsigned),
				     IORING_OFF_SQ_RING);
	ring->completions =
		map_part(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	ring->entries =
		map_part(ring, p->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static void submit(struct ring *ring, const struct io_uring_sqe *entry)
{
	unsigned *tail = at(ring->submissions, ring->params.sq_off.tail);
	unsigned *flags = at(ring->submissions, ring->params.sq_off.flags);
	unsigned index = *tail & *at(ring->submissions, ring->params.sq_off.ring_mask);

	ring->entries[index] = *entry;
	at(ring->submissions, ring->params.sq_off.array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_SEQ_CST);
	/* The poller sleeps after a while without work. */
	if (__atomic_load_n(flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
		MUST(syscall(SYS_io_uring_enter, ring->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0));
}

static void say_completion(struct ring *ring)
{
	unsigned *head = at(ring->completions, ring->params.cq_off.head);
	unsigned *tail = at(ring->completions, ring->params.cq_off.tail);
	struct io_uring_cqe *entries =
		(struct io_uring_cqe *)(void *)(ring->completions + ring->params.cq_off.cqes);
	struct io_uring_cqe *done;

	for (int i = 0; __atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head; i++) {
		if (i == 5000) {
			SAY("no completion\n");
			exit(97);
		}
		tracee_sleep_ms(1);
	}
	done = &entries[*head & *at(ring->completions, ring->params.cq_off.ring_mask)];
	SAY("completion %llu: %d\n", (unsigned long long)done->user_data, done->res);
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
}

static int use_ring(int sleep_first)
{
	struct ring ring = { .params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 20 } };
	struct io_uring_sqe nop = { .opcode = IORING_OP_NOP, .user_data = 1 };
	struct io_uring_sqe write_it = { .opcode = IORING_OP_WRITE, .user_data = 2 };
	int fds[2];
	char text[16] = "";

	ring.fd = (int)syscall(SYS_io_uring_setup, 4, &ring.params);
	if (ring.fd < 0) {
		SAY("io_uring_setup: %s\n", tracee_result(-1));
		return 0;
	}
	map_ring(&ring);
	MUST(pipe(fds));
	if (sleep_first)
		tracee_sleep_ms(100);
	submit(&ring, &nop);
	say_completion(&ring);
	write_it.fd = fds[1];
	write_it.addr = (uint64_t)(uintptr_t) "through";
	write_it.len = 7;
	submit(&ring, &write_it);
	say_completion(&ring);
	MUST(read(fds[0], text, sizeof(text) - 1));
	SAY("read: %s\n", text);
	return 1;
}

int main(int argc, char *argv[])
{
	char program[] = "self", again[] = "again";
	char *args[] = { program, again, NULL };

	(void)argv;
	if (!use_ring(argc > 1) || argc > 1)
		return 4;
	/* The kernel thread of the first ring ends here, as a thread does by exec. */
	(void)execv("/proc/self/exe", args);
	return 99;
}

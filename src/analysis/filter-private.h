/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the filter model share, and the switches by which its tests prove it. */

#include "sysprofile/filter.h"
#include "sysprofile/unitfile.h"

/* Every rule of systemd that the model knows; filter-rules.c has the releases in which it holds. */
enum sp_filter_rule {
	/* SystemCallFilter= */
	SP_RULE_MODE_FIXED,	  /* the first line decides between allow-list and deny-list */
	SP_RULE_RESET,		  /* an empty assignment forgets the calls and the mode */
	SP_RULE_TILDE_FIRST_ONLY, /* ~ inverts as the first character of the value only */
	SP_RULE_IMPLICIT_DEFAULT, /* an allow-list begins with @default */
	SP_RULE_DEFAULT_ONCE,	  /* ... which later lines do not bring back */
	SP_RULE_STRICT_DEFAULT,	  /* a name in @default without a number refuses the file */
	SP_RULE_LAST_WRITER_WINS,
	SP_RULE_UNDENY_ONLY,	 /* a plain line takes words off a deny-list */
	SP_RULE_GROUPS,		 /* @name stands for its members */
	SP_RULE_UNKNOWN_NAMES,	 /* names that libseccomp lacks have no effect */
	SP_RULE_UNKNOWN_GROUPS,	 /* @names that the release lacks have no effect */
	SP_RULE_WORD_ERRNO,	 /* name:ERRNO */
	SP_RULE_WORD_KILL,	 /* name:kill */
	SP_RULE_WORD_ERRNO_BAD,	 /* name:NONSENSE drops the word */
	SP_RULE_PLAIN_ERRNO,	 /* name:ERRNO on a plain line drops the word */
	SP_RULE_ALLOW_ERRNO,	 /* ~name:ERRNO in an allow-list refuses with that errno */
	SP_RULE_ERRNO_FORGOTTEN, /* naming a call again forgets its errno */
	SP_RULE_SECOND_ERRNO,	 /* another errno for a call refuses the file */
	SP_RULE_QUOTES,		 /* words may be quoted */
	SP_RULE_BACKSLASH,	 /* a backslash in a word stands for the next character */
	/* SystemCallErrorNumber= */
	SP_RULE_ERROR_NUMBER,
	SP_RULE_ERROR_NUMBER_EMPTY,  /* empty means kill again */
	SP_RULE_ERROR_NUMBER_DIGITS, /* numbers are taken as well as names */
	SP_RULE_ERROR_NUMBER_KILL,   /* "kill" is taken */
	SP_RULE_ERROR_NUMBER_ZERO,   /* 0 is rejected */
	/* SystemCallArchitectures= */
	SP_RULE_ARCHITECTURES,	      /* calls of ABIs that are not listed kill */
	SP_RULE_ARCHITECTURES_ADD_UP, /* a second line adds to the first */
	SP_RULE_ARCHITECTURES_RESET,  /* an empty assignment lifts the restriction */
	SP_RULE_ARCHITECTURES_QUOTES, /* words may be quoted there */
	SP_RULE_NATIVE_NEVER_BLOCKED, /* the machine's own ABI need not be listed */
	SP_RULE_ARCHITECTURES_LOCAL,  /* only the machine's own ABIs count */
	SP_RULE_BLOCKED_BARE,	      /* no other filter is made for an ABI that is not listed */
	SP_RULE_NATIVE_BY_NAME,	      /* "native" alone takes the native filters away */
	SP_RULE_UNKNOWN_ABI_KILLED,   /* v231 and v232: one filter that knows the local ABIs */
	/* SystemCallLog= */
	SP_RULE_LOG,
	SP_RULE_LOG_NO_DEFAULT, /* its plain lines do not begin with @default */
	/* What is loaded */
	SP_RULE_SECTIONS,	 /* only sections of units that run programs count */
	SP_RULE_EMPTY_DENY,	 /* an empty deny-list loads nothing */
	SP_RULE_FOREIGN_BY_NAME, /* other local ABIs are filtered by name */
	SP_RULE_KILL_PROCESS,	 /* kill means the process; else the thread */
	SP_RULE_ENOSYS_UNKNOWN,	 /* calls outside @known give ENOSYS in an allow-list */
	SP_RULE_ENOSYS_FOREIGN,	 /* ... and those without a native number too */
	SP_RULE_ENOSYS_NESTED,	 /* ... and those that only a group inside @known has */
	SP_RULE_WRITE_ADDED,	 /* write is allowed whatever the list says */
	SP_RULE_MOST_SEVERE,	 /* of stacked filters the most severe answer holds */
	_SP_RULE_MAX,
};

/* A word of the text. Lives as long as the filter, so that verdicts may point at it. */
struct sp_filter_word {
	struct sp_filter_word *next;
	const char *file; /* borrowed from the filter's list of files; NULL: not in any text */
	unsigned line;
	char text[];
};

/* What systemd keeps for SystemCallFilter= or SystemCallLog=. */
struct sp_filter_map {
	bool fixed; /* a line has fixed the mode */
	bool allow_list;
	struct sp_sysset listed;
	int err[SP_CALLS_MAX]; /* of listed ones: SP_FILTER_NO_ERRNO, SP_FILTER_KILL or a number */
	const struct sp_filter_word *writer[SP_CALLS_MAX]; /* last to name it; NULL: none did */
};

struct sp_filter_file {
	struct sp_filter_file *next;
	char name[];
};

/* More than systemd has names for. */
#define SP_FILTER_ABIS_MAX 64

/* Who looks on while a text is read. */
struct sp_filter_observer {
	/* Around every word that is read; is_log: of SystemCallLog=. */
	void (*before)(const struct sp_filter_map *map, void *userdata);
	void (*after)(const struct sp_filter_map *map, const struct sp_filter_word *word,
		      bool invert, bool is_log, void *userdata);
	/* An empty assignment has made the filter forget all words so far. */
	void (*reset)(unsigned line, bool is_log, void *userdata);
	void *userdata;
};

struct sp_filter {
	const struct sp_groups *groups;
	unsigned version; /* SP_FILTER_VERSION() of the release */
	bool rule[_SP_RULE_MAX];
	sp_call write; /* write(2), which systemd calls itself */
	struct sp_filter_map calls, log;
	int err; /* SystemCallErrorNumber=; SP_FILTER_KILL unless said otherwise */
	sp_abi abis[SP_FILTER_ABIS_MAX];
	size_t n_abis;
	bool native_named;			    /* by its own name, which "native" is not */
	const struct sp_filter_word *architectures; /* the line that began abis; NULL: none did */
	struct sp_filter_file *files;
	struct sp_filter_word *words;
	const struct sp_filter_observer *observer; /* borrowed; NULL: nobody */
	size_t n_words;				   /* that were come to so far */
	size_t left_out; /* the word, counted from 1, that is to be passed over; 0: none */
};

/* The kernel's MAX_ERRNO, which systemd takes as its limit too. */
#define SP_FILTER_ERRNO_MAX 4095

#define SP_FILTER_VERSION(major, point) ((major)*1000u + (point))

/* One run of sp_filter_parse(). */
struct sp_filter_reading {
	struct sp_filter *filter;
	const char *file;  /* the filter's own copy */
	const char *given; /* as the caller gave it, for messages */
	sp_filter_message_fn message;
	void *userdata;
};

/* Sets filter->version and filter->rule from filter->groups. */
void sp_filter_init_rules(struct sp_filter *filter);

/* SP_FILTER_VERSION() of the release, its point release included. */
unsigned sp_filter_version(const struct sp_groups *groups);

/*
 * Whether the section holds directives for the execution of programs (systemd.exec(5)), in a file
 * of that name.
 */
bool sp_filter_is_exec_section(const char *file, const char *section);

/* For tests only: the model without that rule, to be called before anything is parsed. */
void sp_filter_disable_rule(struct sp_filter *filter, enum sp_filter_rule rule);

/* Says something about a line through the caller's function. */
void sp_filter_say(const struct sp_filter_reading *reading, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The next word of *p into out, which has room for all of *p; quotes as systemd treats them when
 * it unquotes. 1, 0 at the end, or -EINVAL for what ends the line there (an open quote).
 */
int sp_filter_next_word(const struct sp_filter *filter, const char **p, bool unquote, char *out);

/* As above, for a list whose releases are not those of SystemCallFilter=. */
int sp_filter_split_word(const char **p, bool unquote, bool backslash, char *out);

/* Whether "NAME", or in later releases "5", is an errno: 0 to 4095, or -EINVAL. */
int sp_filter_parse_errno(const char *text, bool digits);

/* One line of SystemCallFilter= or, with log, of SystemCallLog=. 0, -ENOMEM or -EBADMSG. */
int sp_filter_read_calls(const struct sp_filter_reading *reading,
			 const struct sp_unitfile_assignment *line, bool log);

/* The word as verdicts show it, to be made when it first has an effect. 0 or -ENOMEM. */
int sp_filter_keep_word(const struct sp_filter_reading *reading, unsigned line, const char *text,
			const struct sp_filter_word **ret);

/* What the main filter does with a listed call. */
enum sp_action sp_filter_listed_action(const struct sp_filter *filter, sp_call call, int *err);

/* What SystemCallErrorNumber= says. */
enum sp_action sp_filter_negative_action(const struct sp_filter *filter, int *err);

/*
 * As sp_filter_verdict() for a call that the ABI has; NULL: a number that has no name. What costs
 * there, to find the call behind a number, does not cost here.
 */
void sp_filter_verdict_of_call(const struct sp_filter *filter, sp_abi abi, const sp_call *call,
			       struct sp_verdict *ret);

/* As above for a call that was made through another (sp_call_behind()); behind NULL: it was not. */
void sp_filter_verdict_behind(const struct sp_filter *filter, sp_abi abi, const sp_call *call,
			      const sp_call *behind, struct sp_verdict *ret);

/* What the main filter does by map alone, whatever the release knows of call. */
bool sp_filter_map_allows(const struct sp_filter *filter, const struct sp_filter_map *map,
			  sp_call call);

/* Whether call is in systemd's map when it loads the filter. */
bool sp_filter_is_listed(const struct sp_filter *filter, sp_call call);

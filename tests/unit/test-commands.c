/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysprofile/commands.h"

#include <stdio.h>
#include <string.h>

#include "leak.h"

/* "DIRECTIVE=TEXT" of all, each after a sign for how it runs. */
static void expect(unsigned major, const char *first, const char *second, const char *wanted)
{
	struct sp_unit_text v[] = { { (char *)"a", (char *)first, strlen(first) },
				    { (char *)"b.conf", (char *)second, strlen(second) } };
	const struct sp_unit_texts texts = { v, 2 };
	struct sp_commands commands = {};
	char got[1024] = "";

	cr_assert_eq(sp_commands_read(&texts, major, &commands), 0);
	for (size_t i = 0; i < commands.n; i++) {
		const struct sp_command *c = &commands.v[i];

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s%s=%s%s",
			 c->filtered ? "" : "unfiltered ", c->privileged ? "privileged " : "",
			 c->no_setuid ? "root " : "", c->directive, c->text,
			 i + 1 < commands.n ? "\n" : "");
	}
	cr_expect_str_eq(got, wanted);
	sp_commands_done(&commands);
}

Test(commands, those_with_a_plus_run_without_the_filter)
{
	expect(252,
	       "[Service]\nExecStartPre=+/bin/a\nExecStartPre=-@/bin/b b\nExecStart=-+/bin/c +x\n"
	       "ExecReload=/bin/d\n",
	       "",
	       "unfiltered privileged ExecStartPre=+/bin/a\nExecStartPre=-@/bin/b b\n"
	       "unfiltered privileged ExecStart=-+/bin/c +x\nExecReload=/bin/d");
}

Test(commands, an_exclamation_mark_is_about_the_user_alone)
{
	expect(252, "[Service]\nExecStart=!/bin/a\nExecStop=!!/bin/b\n", "",
	       "root ExecStart=!/bin/a\nExecStop=!!/bin/b");
	expect(234, "[Service]\nExecStart=!/bin/a\n", "", "ExecStart=!/bin/a");
}

Test(commands, an_empty_line_takes_back_those_of_its_kind)
{
	expect(252, "[Service]\nExecStart=/bin/a\nExecStop=/bin/b\n",
	       "[Service]\nExecStart=\nExecStart=+/bin/c\n",
	       "ExecStop=/bin/b\nunfiltered privileged ExecStart=+/bin/c");
}

Test(commands, semicolons_part_commands)
{
	expect(252,
	       "[Service]\nExecStartPre=/bin/a ; +/bin/b x; ;-/bin/c ; /bin/sh -c \"x ; y\" ' ; ' "
	       "\\; ;\n",
	       "",
	       "ExecStartPre=/bin/a\nunfiltered privileged ExecStartPre=+/bin/b x; ;-/bin/c\n"
	       "ExecStartPre=/bin/sh -c \"x ; y\" ' ; ' \\;");
}

Test(commands, permissions_may_be_for_the_start_only)
{
	expect(252, "[Service]\nExecStartPre=/bin/a\nExecStart=/bin/b\n",
	       "[Service]\nPermissionsStartOnly=yes\n",
	       "unfiltered ExecStartPre=/bin/a\nExecStart=/bin/b");
}

Test(commands, sockets_have_their_own)
{
	expect(252,
	       "[Socket]\nListenStream=1\nExecStartPre=+/bin/a\nExecStopPre=/bin/b\n"
	       "ExecStart=/bin/no\n[Service]\nExecStopPre=/bin/no\n[Mount]\nExecStart=/bin/"
	       "no\n[Unit]\nExecStart=/bin/no\n",
	       "", "unfiltered privileged ExecStartPre=+/bin/a\nExecStopPre=/bin/b");
	sp_assert_no_leak();
}

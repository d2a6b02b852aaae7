/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Linked with one whole floor and, below it, only what that floor may use: a call upward is an
 * undefined reference, and the build of this probe fails.
 */
int main(void)
{
	return 0;
}

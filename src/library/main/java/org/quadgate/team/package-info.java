// SPDX-License-Identifier: Apache-2.0

/**
 * Threads that do one thing together, again and again, without a lock or an allocation: how they
 * start, meet, wait, fail and end. What they compute is their user's business.
 */
package org.quadgate.team;

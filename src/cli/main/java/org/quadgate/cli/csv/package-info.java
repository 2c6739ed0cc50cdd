// SPDX-License-Identifier: Apache-2.0

/** CSV files: rows that go into a model, and rows that come out of it. */
package org.quadgate.cli.csv;

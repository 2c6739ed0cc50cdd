// SPDX-License-Identifier: Apache-2.0

/** Model files and precisions as the command line names them, and inputs to try a model on. */
package org.quadgate.cli.model;

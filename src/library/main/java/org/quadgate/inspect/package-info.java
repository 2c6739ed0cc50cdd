// SPDX-License-Identifier: Apache-2.0

/**
 * A look into a trained network while it runs on data: what its gates do, how long its units
 * remember, which inputs move it, and what could be left out. Hochreiter &amp; Schmidhuber, "Long
 * Short-Term Memory", 1997, say what the gates are for; here one sees what they do.
 */
@NullMarked
package org.quadgate.inspect;

import org.jspecify.annotations.NullMarked;

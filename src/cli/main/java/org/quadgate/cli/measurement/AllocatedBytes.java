// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What the present thread has allocated so far; asking allocates nothing. */
final class AllocatedBytes {
  private static final ThreadMXBean BEAN =
      ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean ? bean : null;

  /** Whether this JVM can tell. */
  static final boolean MEASURABLE =
      BEAN != null
          && BEAN.isThreadAllocatedMemorySupported()
          && BEAN.isThreadAllocatedMemoryEnabled();

  private AllocatedBytes() {}

  /** Bytes; meaningless unless {@link #MEASURABLE}. */
  static long now() {
    return MEASURABLE ? BEAN.getCurrentThreadAllocatedBytes() : 0;
  }
}

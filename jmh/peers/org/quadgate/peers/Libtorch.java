// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/** The settings of libtorch that a fair comparison needs. */
final class Libtorch {
  private Libtorch() {}

  /**
   * Loads the native library from the class path, without the network, and keeps it to one thread.
   */
  static void useOneThread() {
    if (Libtorch.class.getResource("/native/lib/pytorch.properties") == null) {
      throw new IllegalStateException(
          "the build has no jar of libtorch for %s on %s"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
    }
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    Engine.getEngine("PyTorch");
    if (JniUtils.getNumThreads() != 1) {
      throw new IllegalStateException("libtorch runs " + JniUtils.getNumThreads() + " threads");
    }
  }
}

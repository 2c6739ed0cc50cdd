// SPDX-License-Identifier: Apache-2.0

/**
 * Quadgate, an LSTM engine on the JDK's Vector API. The library needs no other module at run time:
 * without {@code jdk.incubator.vector} the scalar kernels compute the same bits, the JSON parser is
 * part of the jar, and jhdf is asked for only by who reads Keras files.
 */
module org.quadgate {
  requires static jdk.incubator.vector;
  requires static jdk.management;
  requires static tools.jackson.core;
  requires static io.jhdf;
  requires static org.jspecify;

  exports org.quadgate;
  exports org.quadgate.inspect;
  exports org.quadgate.io;
  exports org.quadgate.io.format;
  exports org.quadgate.network;
  exports org.quadgate.options;
  exports org.quadgate.text;
  exports org.quadgate.train;
}

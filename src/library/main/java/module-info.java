// SPDX-License-Identifier: Apache-2.0

/**
 * Quadgate, an LSTM engine on the JDK's Vector API. The library needs no other module at run time:
 * without {@code jdk.incubator.vector} the scalar kernels compute the same bits, and the libraries
 * that are required statically serve the command line (the JSON parser is part of the jar) and,
 * jhdf, Keras files.
 */
module org.quadgate {
  requires static jdk.incubator.vector;
  requires static jdk.management;
  requires static tools.jackson.core;
  requires static info.picocli;
  requires static de.siegmar.fastcsv;
  requires static HdrHistogram;
  requires static io.jhdf;

  exports org.quadgate;
  exports org.quadgate.inspect;
  exports org.quadgate.io;
  exports org.quadgate.options;
  exports org.quadgate.sequence;
  exports org.quadgate.text;
  exports org.quadgate.train;

  opens org.quadgate.cli to
      info.picocli;
}

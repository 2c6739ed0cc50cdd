// SPDX-License-Identifier: Apache-2.0

/** Quadgate's command line. */
module org.quadgate.cli {
  requires org.quadgate;
  requires jdk.management;
  requires tools.jackson.core;
  requires info.picocli;
  requires de.siegmar.fastcsv;
  requires HdrHistogram;

  opens org.quadgate.cli to
      info.picocli;
}

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
  opens org.quadgate.cli.convert to
      info.picocli;
  opens org.quadgate.cli.demo to
      info.picocli;
  opens org.quadgate.cli.info to
      info.picocli;
  opens org.quadgate.cli.inspect to
      info.picocli;
  opens org.quadgate.cli.latency to
      info.picocli;
  opens org.quadgate.cli.machine to
      info.picocli;
  opens org.quadgate.cli.model to
      info.picocli;
  opens org.quadgate.cli.precision to
      info.picocli;
  opens org.quadgate.cli.predict to
      info.picocli;
  opens org.quadgate.cli.sample to
      info.picocli;
  opens org.quadgate.cli.train to
      info.picocli;
}

// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.machine;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"quadgate " + version()};
  }

  /** The version in the jar's manifest; classes outside a jar have none. */
  public static String version() {
    String version = VersionText.class.getPackage().getImplementationVersion();
    return version == null ? "(not from a jar)" : version;
  }
}

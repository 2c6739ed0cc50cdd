// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.model;

import java.util.Locale;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.options.Precision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Precisions as the command line writes them: {@code fp32}, {@code bf16}, {@code int8}. */
public final class PrecisionConverter implements ITypeConverter<Precision> {
  @Override
  public Precision convert(String value) {
    for (Precision precision : Precision.values()) {
      if (name(precision).equals(value.toLowerCase(Locale.ROOT))) {
        return precision;
      }
    }
    throw new TypeConversionException(
        "expected fp32, bf16 or int8, found " + BadInputException.quote(value));
  }

  /** A precision as {@code --precision} has it. */
  public static String name(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }
}

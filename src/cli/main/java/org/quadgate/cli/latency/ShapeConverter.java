// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.latency;

import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.network.Architecture;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Shapes as the command line writes them: {@code INPUT,HIDDEN[,LAYERS[,OUTPUTS]]}. */
final class ShapeConverter implements ITypeConverter<Architecture> {
  private static final int MOST_LAYERS = 1000;

  @Override
  public Architecture convert(String value) {
    String[] parts = value.split(",", -1);
    int[] sizes = {0, 0, 1, 0};
    try {
      if (parts.length < 2 || parts.length > sizes.length) {
        throw new NumberFormatException(value);
      }
      for (int i = 0; i < parts.length; i++) {
        sizes[i] = Integer.parseInt(parts[i].strip());
      }
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "expected INPUT,HIDDEN[,LAYERS[,OUTPUTS]] such as 8,32, found "
              + BadInputException.quote(value));
    }
    return shape(sizes[0], sizes[1], sizes[2], sizes[3]);
  }

  private static Architecture shape(int input, int hidden, int layers, int outputs) {
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new TypeConversionException("layers is " + layers + ", expected 1 to " + MOST_LAYERS);
    }
    try {
      Architecture.Builder builder = Architecture.builder(input);
      for (int i = 0; i < layers; i++) {
        builder.lstm(hidden);
      }
      if (outputs != 0) {
        builder.linear(outputs);
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}

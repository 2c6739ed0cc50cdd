// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import org.quadgate.cli.csv.Decimal;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.train.Initializer;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Optimizer;
import org.quadgate.train.Schedule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The words that {@code train} takes for losses, optimizers, schedules and initial weights. */
final class TrainingWords {
  private TrainingWords() {}

  /** {@code name} or {@code name:number}. */
  private record Word(String name, double number) {
    static Word parse(String text) {
      int colon = text.indexOf(':');
      if (colon < 0) {
        return new Word(text, Double.NaN);
      }
      return new Word(text.substring(0, colon), Decimal.parse(text.substring(colon + 1)));
    }

    double or(double otherwise) {
      return Double.isNaN(number) ? otherwise : number;
    }
  }

  /** For {@code --loss}. */
  static final class Loss implements ITypeConverter<LossFunction> {
    @Override
    public LossFunction convert(String text) {
      Word word = Word.parse(text);
      try {
        return switch (word.name) {
          case "mse" -> new LossFunction.Mse();
          case "mae" -> new LossFunction.Mae();
          case "huber" -> new LossFunction.Huber(word.or(1));
          case "quantile" -> new LossFunction.Quantile(word.number);
          case "binary" -> new LossFunction.BinaryCrossEntropy();
          case "classes" -> new LossFunction.SoftmaxCrossEntropy();
          default ->
              throw expected(text, "mse, mae, huber[:DELTA], quantile:TAU, binary or classes");
        };
      } catch (IllegalArgumentException e) {
        throw expected(text, "huber[:DELTA] above 0 or quantile:TAU between 0 and 1");
      }
    }
  }

  /** For {@code --optimizer}. */
  static final class Optimizers implements ITypeConverter<Optimizer> {
    @Override
    public Optimizer convert(String text) {
      Word word = Word.parse(text);
      try {
        return switch (word.name) {
          case "sgd" -> Optimizer.sgd(word.or(0));
          case "adam" -> Optimizer.adam();
          case "adamw" -> Optimizer.adamW();
          case "rmsprop" -> Optimizer.rmsProp();
          default -> throw expected(text, "sgd[:MOMENTUM], adam, adamw or rmsprop");
        };
      } catch (IllegalArgumentException e) {
        throw expected(text, "sgd:MOMENTUM from 0 to below 1");
      }
    }
  }

  /** For {@code --schedule}. */
  static final class Schedules implements ITypeConverter<Schedule> {
    @Override
    public Schedule convert(String text) {
      Word word = Word.parse(text);
      try {
        return switch (word.name) {
          case "constant" -> new Schedule.Constant();
          case "cosine" -> new Schedule.Cosine(word.or(0));
          case "halve" -> new Schedule.EachEpochAfter((int) word.or(0), 0.5);
          case "warmup" -> new Schedule.WarmUp((long) word.or(0), new Schedule.Constant());
          default ->
              throw expected(text, "constant, cosine[:LOWEST], halve:AFTER_EPOCH or warmup:STEPS");
        };
      } catch (IllegalArgumentException e) {
        throw expected(text, "cosine:LOWEST from 0 to 1, halve:EPOCH or warmup:STEPS from 1");
      }
    }
  }

  /** For {@code --init}. */
  static final class Initializers implements ITypeConverter<Initializer> {
    @Override
    public Initializer convert(String text) {
      Word word = Word.parse(text);
      try {
        return switch (word.name) {
          case "glorot" -> Initializer.glorotOrthogonal();
          case "chrono" -> Initializer.chrono((int) word.or(0));
          case "uniform" -> Initializer.uniform(word.number);
          case "pytorch" -> Initializer.inverseRootHidden();
          default -> throw expected(text, "glorot, chrono:T, uniform:A or pytorch");
        };
      } catch (IllegalArgumentException e) {
        throw expected(text, "chrono:T from 3 or uniform:A from 0");
      }
    }
  }

  private static TypeConversionException expected(String found, String words) {
    return new TypeConversionException(
        "expected " + words + ", found " + BadInputException.quote(found));
  }
}

// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * Series to train on or to be measured on, each a number of rows in the order of time: what the
 * network sees of a row, and the row's target.
 *
 * <p>With a horizon N, row t is scored against the target of row t + N of the same series; the last
 * N rows are then not scored. Values are as the user has them: the trainer standardises. Immutable,
 * and no array that it was made of is shared with it.
 */
public final class Dataset {
  /** Which rows of a series count. */
  public enum Scoring {
    /** Every row that has a target. */
    EACH,
    /** The last row that has a target, alone. */
    LAST
  }

  /** One series. */
  static final class Series {
    /** Names it in errors. */
    final String key;

    /** Timesteps. */
    final int rows;

    /** Inputs; shape [rows][input]. */
    final float[] x;

    /** Targets of the same rows; shape [rows][targets]. */
    final float[] target;

    /** Rows before this one are only seen. */
    final int firstScored;

    private Series(String key, int rows, float[] x, float[] target, int firstScored) {
      this.key = key;
      this.rows = rows;
      this.x = x;
      this.target = target;
      this.firstScored = firstScored;
    }
  }

  private final int inputSize;
  private final int targetSize;
  private final int horizon;
  private final Scoring scoring;
  private final List<Series> series;

  private Dataset(
      int inputSize, int targetSize, int horizon, Scoring scoring, List<Series> series) {
    this.inputSize = inputSize;
    this.targetSize = targetSize;
    this.horizon = horizon;
    this.scoring = scoring;
    this.series = List.copyOf(series);
  }

  /** Starts a dataset with so many inputs and targets a row. */
  public static Builder builder(int inputSize, int targetSize) {
    return new Builder(inputSize, targetSize);
  }

  /** Collects series. */
  public static final class Builder {
    private final int inputSize;
    private final int targetSize;
    private final List<Series> series = new ArrayList<>();
    private int horizon;
    private Scoring scoring = Scoring.EACH;

    private Builder(int inputSize, int targetSize) {
      if (inputSize < 1 || targetSize < 1) {
        throw new IllegalArgumentException(
            inputSize + " inputs and " + targetSize + " targets, expected at least 1 of each");
      }
      this.inputSize = inputSize;
      this.targetSize = targetSize;
    }

    /** Scores row t against the target of row t + {@code rows}; 0 by default. */
    public Builder horizon(int rows) {
      if (rows < 0) {
        throw new IllegalArgumentException("horizon is " + rows + ", expected 0 or more");
      }
      horizon = rows;
      return this;
    }

    /** Which rows count; {@link Scoring#EACH} by default. */
    public Builder scoring(Scoring rows) {
      scoring = Objects.requireNonNull(rows, "scoring");
      return this;
    }

    /**
     * Adds a series, of which it takes copies.
     *
     * @param key names it in errors
     * @param x inputs; shape [rows][input]
     * @param target targets; shape [rows][targets]
     * @throws IllegalArgumentException if the lengths do not fit or a number is not finite
     */
    public Builder series(String key, float[] x, float[] target) {
      Objects.requireNonNull(key, "key");
      int rows = x.length / inputSize;
      if ((long) rows * inputSize != x.length || (long) rows * targetSize != target.length) {
        throw new IllegalArgumentException(
            "series %s has %d values in x and %d in target, expected rows of %d and %d"
                .formatted(key, x.length, target.length, inputSize, targetSize));
      }
      checkFinite(key, "input", x, inputSize);
      checkFinite(key, "target", target, targetSize);
      series.add(new Series(key, rows, x.clone(), target.clone(), 0));
      return this;
    }

    /**
     * The dataset.
     *
     * @throws IllegalArgumentException if there is no series, or one has fewer than two rows or no
     *     row with a target at that horizon
     */
    public Dataset build() {
      if (series.isEmpty()) {
        throw new IllegalArgumentException("a dataset needs at least one series");
      }
      long least = Math.max(2, horizon + 1L);
      for (Series one : series) {
        if (one.rows < least) {
          throw new IllegalArgumentException(
              "series %s has %s, expected at least %d"
                      .formatted(one.key, one.rows == 1 ? "1 row" : one.rows + " rows", least)
                  + (horizon > 0 ? " for a target " + horizon + " rows ahead" : ""));
        }
      }
      return new Dataset(inputSize, targetSize, horizon, scoring, series);
    }

    private static void checkFinite(String key, String what, float[] values, int columns) {
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw new IllegalArgumentException(
              "series %s, row %d, %s %d is %s, expected a finite number"
                  .formatted(key, i / columns, what, i % columns, values[i]));
        }
      }
    }
  }

  /** The earlier and the later part of a dataset. */
  public record Split(Dataset training, Dataset validation) {}

  /**
   * Splits by time: with {@link Scoring#EACH} the last part of every series' rows is held out, with
   * {@link Scoring#LAST} the last part of the series, in the order in which they were added. No
   * target of a held-out row is in the training part.
   *
   * @param fraction how much is held out, between 0 and 1
   * @param context so many rows before a held-out part are seen first, not scored, so that a
   *     forecast does not begin with an empty memory
   * @throws IllegalArgumentException if there is too little to hold something out
   */
  public Split split(double fraction, int context) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException("fraction is " + fraction + ", expected between 0 and 1");
    }
    if (context < 0) {
      throw new IllegalArgumentException("context is " + context + ", expected 0 or more");
    }
    List<Series> early = new ArrayList<>();
    List<Series> late = new ArrayList<>();
    if (scoring == Scoring.LAST) {
      int cut = series.size() - (int) Math.round(series.size() * fraction);
      early.addAll(series.subList(0, cut));
      late.addAll(series.subList(cut, series.size()));
    } else {
      for (Series one : series) {
        int cut = one.rows - (int) Math.round(one.rows * fraction);
        if (cut == one.rows || cut <= horizon) {
          early.add(one);
          continue;
        }
        early.add(slice(one, 0, cut, one.firstScored));
        int scored = cut - horizon;
        int from = Math.max(0, scored - context);
        late.add(slice(one, from, one.rows, scored - from));
      }
    }
    if (early.isEmpty() || late.isEmpty()) {
      String there =
          scoring == Scoring.LAST || series.size() > 1
              ? series.size() + " series"
              : series.getFirst().rows + " rows";
      throw new IllegalArgumentException(there + " are too few to hold out a part for validation");
    }
    return new Split(with(early), with(late));
  }

  private Series slice(Series from, int begin, int end, int firstScored) {
    return new Series(
        from.key,
        end - begin,
        Arrays.copyOfRange(from.x, begin * inputSize, end * inputSize),
        Arrays.copyOfRange(from.target, begin * targetSize, end * targetSize),
        firstScored);
  }

  private Dataset with(List<Series> others) {
    return new Dataset(inputSize, targetSize, horizon, scoring, others);
  }

  /** Whether a row of a series counts. */
  boolean scores(Series one, int row) {
    int last = one.rows - 1 - horizon;
    return row >= one.firstScored && (scoring == Scoring.EACH ? row <= last : row == last);
  }

  /** Inputs a row. */
  public int inputSize() {
    return inputSize;
  }

  /** Targets a row. */
  public int targetSize() {
    return targetSize;
  }

  /** How many rows ahead the targets are. */
  public int horizon() {
    return horizon;
  }

  /** Which rows count. */
  public Scoring scoring() {
    return scoring;
  }

  List<Series> series() {
    return series;
  }

  /** The number of series. */
  public int seriesCount() {
    return series.size();
  }

  /** Rows of all series. */
  public long rows() {
    return series.stream().mapToLong(one -> one.rows).sum();
  }

  /** Rows of the longest series. */
  public int longest() {
    return series.stream().mapToInt(one -> one.rows).max().orElseThrow();
  }

  /** Rows that count. */
  public long scoredRows() {
    long count = 0;
    for (Series one : series) {
      int possible = one.rows - horizon - one.firstScored;
      count += Math.max(0, scoring == Scoring.EACH ? possible : Math.min(1, possible));
    }
    return count;
  }

  /** SHA-256 of everything in it: two datasets with the same one train the same. */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      put(digest, inputSize, targetSize, horizon, scoring == Scoring.EACH ? 0 : 1, series.size());
      for (Series one : series) {
        byte[] key = one.key.getBytes(StandardCharsets.UTF_8);
        put(digest, key.length, one.rows, one.firstScored);
        digest.update(key);
        put(digest, one.x);
        put(digest, one.target);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void put(MessageDigest digest, int... numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(numbers);
    digest.update(bytes);
  }

  private static void put(MessageDigest digest, float[] numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
    int most = bytes.capacity() / Float.BYTES;
    for (int at = 0; at < numbers.length; at += most) {
      int count = Math.min(most, numbers.length - at);
      bytes.clear().limit(count * Float.BYTES);
      bytes.asFloatBuffer().put(numbers, at, count);
      digest.update(bytes);
    }
  }
}

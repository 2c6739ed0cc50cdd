// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.csv;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.Closeable;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.quadgate.cli.refusal.BadInputException;

/**
 * A CSV file with a header, read row by row. Each row is there as soon as its line end has been
 * read: nothing waits for more input than that, so a pipe can be answered row by row.
 *
 * <p>Every fault in the file is a {@link BadInputException} with its line and column.
 */
public final class CsvRows implements Closeable {
  private final String name;
  private final CsvReader<CsvRecord> reader;
  private final CloseableIterator<CsvRecord> records;
  private final List<String> header;
  private CsvRecord row;

  /**
   * Reads the header.
   *
   * @param name what errors call the file
   */
  public CsvRows(String name, InputStream in) {
    this.name = name;
    // A reader without a decoder of its own replaces bytes that are not UTF-8 in silence.
    var text = new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
    reader =
        CsvReader.builder()
            .skipEmptyLines(false)
            .allowUnclosedQuote(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .ofCsvRecord(new WithoutByteOrderMark(text));
    records = reader.iterator();
    header = readHeader();
  }

  /** Opens a file. */
  public static CsvRows open(Path path) {
    try {
      return new CsvRows(path.toString(), Files.newInputStream(path));
    } catch (IOException e) {
      throw BadInputException.reading(path.toString(), e);
    }
  }

  private List<String> readHeader() {
    CsvRecord first = read();
    String expected = name + ": line 1: expected a header of column names, found ";
    if (first == null) {
      throw new BadInputException(expected + "an empty file");
    }
    if (isBlank(first)) {
      throw new BadInputException(expected + "an empty line");
    }
    Set<String> seen = new HashSet<>();
    for (String column : first.getFields()) {
      if (!seen.add(column)) {
        throw new BadInputException(
            name
                + ": line 1, column "
                + BadInputException.quote(column)
                + ": expected each column once, found it twice");
      }
    }
    return List.copyOf(first.getFields());
  }

  /** What errors call the file. */
  public String name() {
    return name;
  }

  /** The column names. */
  public List<String> header() {
    return header;
  }

  /** The column names as an error lists them. */
  public String columnsThere() {
    String names =
        header.stream().limit(20).map(BadInputException::quote).collect(Collectors.joining(", "));
    return header.size() > 20 ? names + " and " + (header.size() - 20) + " more" : names;
  }

  /** Goes to the next row; false at the end of the file. Blank lines may stand at the end only. */
  public boolean next() {
    row = read();
    if (row == null) {
      return false;
    }
    if (isBlank(row)) {
      CsvRecord blank = row;
      while (row != null && isBlank(row)) {
        row = read();
      }
      if (row == null) {
        return false;
      }
      row = blank;
      throw wrongWidth("an empty line");
    }
    if (row.getFieldCount() != header.size()) {
      throw wrongWidth(String.valueOf(row.getFieldCount()));
    }
    return true;
  }

  private BadInputException wrongWidth(String found) {
    String cells = header.size() == 1 ? " cell" : " cells";
    return new BadInputException(
        name + ": line " + line() + ": expected " + header.size() + cells + ", found " + found);
  }

  private static boolean isBlank(CsvRecord record) {
    return record.getFieldCount() == 1 && record.getField(0).isBlank();
  }

  private CsvRecord read() {
    try {
      return records.hasNext() ? records.next() : null;
    } catch (UncheckedIOException e) {
      throw BadInputException.reading(name, e.getCause());
    } catch (CsvParseException e) {
      if (e.getCause() instanceof IOException cause) {
        throw BadInputException.reading(name, cause);
      }
      throw new BadInputException(
          name + ": " + afterLine() + "expected well-formed CSV: " + e.getMessage(), e);
    }
  }

  private String afterLine() {
    return row == null ? "" : "after line " + line() + ": ";
  }

  /** Where the present row begins, from 1. */
  public long line() {
    return row.getStartingLineNumber();
  }

  /** A cell of the present row, not empty. */
  public String cell(int column) {
    String cell = row.getField(column);
    if (cell.isBlank()) {
      throw fault(column, "expected a value, found an empty cell");
    }
    return cell;
  }

  /** A cell of the present row as a finite float. */
  public float number(int column) {
    String cell = row.getField(column);
    if (cell.isBlank()) {
      throw fault(column, "expected a finite number, found an empty cell");
    }
    float value = Decimal.parse(cell);
    if (!Float.isFinite(value)) {
      throw fault(column, "expected a finite number, found " + BadInputException.quote(cell));
    }
    return value;
  }

  /** Whether a cell of the present row is meant as a number, NaN and nothing included. */
  public boolean looksNumeric(int column) {
    String cell = row.getField(column).strip();
    return cell.isEmpty()
        || !Float.isNaN(Decimal.parse(cell))
        || cell.matches("(?i)[+-]?(nan|na|n/a|null|none|inf|infinity)");
  }

  /** A row that is kept, so that an error can still name its line when others have been read. */
  public final class Place {
    private final CsvRecord kept = row;

    private Place() {}

    /** An error at a cell of this row, whose message ends with what the cell has. */
    BadInputException fault(int column, String what) {
      return CsvRows.this.fault(
          kept.getStartingLineNumber(),
          column,
          what + BadInputException.quote(kept.getField(column)));
    }
  }

  /** The present row, to be kept. */
  public Place place() {
    return new Place();
  }

  /** An error at a cell of the present row. */
  private BadInputException fault(int column, String what) {
    return fault(line(), column, what);
  }

  BadInputException fault(long line, int column, String what) {
    return new BadInputException(
        name
            + ": line "
            + line
            + ", column "
            + BadInputException.quote(header.get(column))
            + ": "
            + what);
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw BadInputException.reading(name, e);
    }
  }

  /** Drops the mark that some editors put before the first column's name. */
  private static final class WithoutByteOrderMark extends FilterReader {
    private static final char MARK = '\uFEFF';
    private boolean begun;

    WithoutByteOrderMark(Reader in) {
      super(in);
    }

    @Override
    public int read(char[] to, int offset, int length) throws IOException {
      int count = super.read(to, offset, length);
      if (begun || count < 1) {
        return count;
      }
      begun = true;
      if (to[offset] != MARK) {
        return count;
      }
      System.arraycopy(to, offset + 1, to, offset, count - 1);
      return count > 1 ? count - 1 : super.read(to, offset, length);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.quadgate.io.format.ModelFormatException;

/**
 * What SECURITY.md promises of a reader for any bytes whatsoever: a model or a
 * ModelFormatException, and neither memory nor time without bounds.
 */
public final class ReaderBounds {
  /** Memory that a reader may allocate however small the file is. */
  public static final long SPARE_BYTES = 4 << 20;

  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ReaderBounds() {}

  /** Reads a file whose bytes the caller has. */
  public interface Reader {
    /** Reads it; the result does not matter. */
    Object read() throws IOException;
  }

  /**
   * Reads, and checks that it ends as promised.
   *
   * @param fileBytes the size of the file
   * @param multiple how many bytes may be allocated per byte of the file, beyond the spare ones
   * @return whether the file is a model
   * @throws AssertionError if a promise is broken
   */
  public static boolean hold(int fileBytes, int multiple, Reader reader) {
    Run run = run(reader);
    if (run.allocated > SPARE_BYTES + (long) multiple * fileBytes) {
      // the first time classes may have been loaded, which is not the file's doing
      run = run(reader);
    }
    if (run.allocated > SPARE_BYTES + (long) multiple * fileBytes) {
      throw new AssertionError(run.allocated + " bytes allocated for a file of " + fileBytes);
    }
    if (run.nanos > MOST_NANOS) {
      throw new AssertionError(run.nanos + " ns for a file of " + fileBytes + " bytes");
    }
    return run.accepted;
  }

  private record Run(boolean accepted, long allocated, long nanos) {}

  private static Run run(Reader reader) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    boolean accepted = false;
    try {
      accepted = reader.read() != null;
    } catch (ModelFormatException e) {
      // what a bad file gives
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("a reader threw " + e, e);
    }
    long nanos = System.nanoTime() - start;
    return new Run(accepted, THREADS.getCurrentThreadAllocatedBytes() - allocated, nanos);
  }
}

// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import io.jhdf.Superblock;
import io.jhdf.exceptions.HdfException;
import io.jhdf.storage.HdfBackingStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * The bytes of an HDF5 file, handed to jhdf as slices, which copies nothing, and on a budget, which
 * ends what a file with cyclic or shared structures would let run for long: every loop in a file
 * has to read. There is no file underneath, so nothing can open a second one either.
 */
final class BoundedStorage implements HdfBackingStorage {
  /** How often, in bytes, a file may be read over, on top of {@link #SPARE}. */
  static final int MULTIPLE = 16;

  private static final long SPARE = 1 << 20;
  // what a read costs at least; jhdf makes objects even of an empty one
  private static final int LEAST = 16;

  private final byte[] bytes;
  private final Superblock superblock;
  private long budget;

  BoundedStorage(byte[] bytes, Superblock superblock) {
    this.bytes = bytes;
    this.superblock = superblock;
    budget = (long) MULTIPLE * bytes.length + SPARE;
  }

  /**
   * A range of the file.
   *
   * @throws HdfException if the range is not inside the file or the budget is used up
   */
  ByteBuffer slice(long address, long length) {
    if (address < 0 || length < 0 || address > bytes.length || length > bytes.length - address) {
      throw new HdfException(
          length + " bytes at " + address + " are not within the file's " + bytes.length);
    }
    budget -= Math.max(length, LEAST);
    if (budget < 0) {
      throw new HdfException(
          "the structures refer to each other so often that reading would not end");
    }
    return ByteBuffer.wrap(bytes, (int) address, (int) length)
        .slice()
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public ByteBuffer readBufferFromAddress(long address, int length) {
    return slice(address, length);
  }

  @Override
  public ByteBuffer map(long address, long length) {
    return slice(address, length);
  }

  @Override
  public ByteBuffer mapNoOffset(long address, long length) {
    return slice(address, length);
  }

  @Override
  public long getUserBlockSize() {
    return 0;
  }

  @Override
  public Superblock getSuperblock() {
    return superblock;
  }

  @Override
  public FileChannel getFileChannel() {
    throw new HdfException("there is no file under this storage");
  }

  @Override
  public int getSizeOfOffsets() {
    return superblock.getSizeOfOffsets();
  }

  @Override
  public int getSizeOfLengths() {
    return superblock.getSizeOfLengths();
  }

  @Override
  public void close() {}

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean inMemory() {
    return true;
  }
}

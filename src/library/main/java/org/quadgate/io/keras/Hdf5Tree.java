// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jhdf.GlobalHeap;
import io.jhdf.GroupSymbolTableNode;
import io.jhdf.LocalHeap;
import io.jhdf.ObjectHeader;
import io.jhdf.Superblock;
import io.jhdf.SymbolTableEntry;
import io.jhdf.Utils;
import io.jhdf.btree.BTreeV1;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.StringData;
import io.jhdf.object.datatype.VariableLength;
import io.jhdf.object.message.AttributeInfoMessage;
import io.jhdf.object.message.AttributeMessage;
import io.jhdf.object.message.DataLayoutMessage;
import io.jhdf.object.message.DataLayoutMessage.ContiguousDataLayoutMessage;
import io.jhdf.object.message.DataSpaceMessage;
import io.jhdf.object.message.DataTypeMessage;
import io.jhdf.object.message.FilterPipelineMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.SymbolTableMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.quadgate.io.format.ModelFormatException;

/**
 * The groups and datasets of an HDF5 file. jhdf decodes its structures; walking them is done here,
 * with jhdf's own lower layer, for its upper one follows links into other files and reads data
 * before anybody could check their size.
 *
 * <p>Only a tree is taken: no soft or external links, no object under two names.
 */
final class Hdf5Tree {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NODES = 1 << 16;
  // h5py stores attributes of over 64 KB as dense, which Keras avoids
  private static final String DENSE =
      "is stored in a form (dense) that Keras does not write; save the model with Keras's own save";

  private final Path file;
  private final String where; // before every place: the entry of a zip, or empty
  private final BoundedStorage storage;
  private final Set<Long> visited = new HashSet<>();
  private final Map<Long, GlobalHeap> heaps = new HashMap<>();
  private long textLeft;
  private String place;

  private Hdf5Tree(Path file, String where, byte[] bytes, Superblock superblock) {
    this.file = file;
    this.where = where;
    storage = new BoundedStorage(bytes, superblock);
    textLeft = bytes.length;
    place = "/";
  }

  /**
   * Reads the tree but not the numbers.
   *
   * @param where what stands before a place in messages: empty, or the name of the zip's entry and
   *     a space
   * @throws ModelFormatException if the bytes are no HDF5 file or hold what is not understood
   */
  static Hdf5Node read(Path file, String where, byte[] bytes) throws ModelFormatException {
    Hdf5Tree tree = null;
    try {
      Superblock superblock = superblock(file, where, bytes);
      tree = new Hdf5Tree(file, where, bytes, superblock);
      return tree.node(tree.root(superblock), "", 0);
    } catch (RuntimeException | StackOverflowError e) {
      // jhdf throws exceptions of many kinds for a bad file
      String at = where + (tree == null ? "superblock" : tree.place);
      throw new ModelFormatException(file, at, "damaged HDF5: " + rootCause(e), e);
    }
  }

  /** Whether the bytes begin as an HDF5 file does. */
  static boolean isOne(byte[] bytes) {
    byte[] signature = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return bytes.length >= signature.length
        && Arrays.equals(signature, 0, signature.length, bytes, 0, signature.length);
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    for (int i = 0; cause.getCause() != null && i < 20; i++) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static Superblock superblock(Path file, String where, byte[] bytes)
      throws ModelFormatException {
    if (!isOne(bytes)) {
      throw new ModelFormatException(file, where + "offset 0", "expected HDF5's signature");
    }
    Superblock superblock =
        Superblock.readSuperblock(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    if (superblock.getBaseAddressByte() != 0
        || superblock.getSizeOfOffsets() != Long.BYTES
        || superblock.getSizeOfLengths() != Long.BYTES) {
      throw new ModelFormatException(
          file, where + "superblock", "expected base address 0 and sizes of 8 bytes");
    }
    if (superblock.getEndOfFileAddress() != bytes.length) {
      throw new ModelFormatException(
          file,
          where + "superblock",
          "says that the file has "
              + superblock.getEndOfFileAddress()
              + " bytes; it has "
              + bytes.length);
    }
    return superblock;
  }

  private long root(Superblock superblock) {
    return switch (superblock) {
      case Superblock.SuperblockV0V1 old ->
          new SymbolTableEntry(storage, old.getRootGroupSymbolTableAddress())
              .getObjectHeaderAddress();
      case Superblock.SuperblockV2V3 recent -> recent.getRootGroupObjectHeaderAddress();
      default -> throw new IllegalStateException("unknown superblock");
    };
  }

  private Hdf5Node node(long address, String path, int depth) throws ModelFormatException {
    place = path.isEmpty() ? "/" : path;
    if (!visited.add(address)) {
      throw broken("is the same object as another name; expected a tree");
    }
    if (depth > MAX_DEPTH || visited.size() > MAX_NODES) {
      throw broken("there are too many groups for a model");
    }
    ObjectHeader header = header(address);
    Map<String, List<String>> texts = texts(header);
    if (header.hasMessageOfType(DataSpaceMessage.class)) {
      return new Hdf5Node(place, texts, Map.of(), tensor(header));
    }
    Map<String, Long> links = links(header);
    Map<String, Hdf5Node> children = new LinkedHashMap<>();
    for (Map.Entry<String, Long> link : links.entrySet()) {
      children.put(link.getKey(), node(link.getValue(), path + "/" + link.getKey(), depth + 1));
    }
    return new Hdf5Node(path.isEmpty() ? "/" : path, texts, children, null);
  }

  private ObjectHeader header(long address) throws ModelFormatException {
    try {
      return ObjectHeader.readObjectHeader(storage, address);
    } catch (RuntimeException e) {
      if (rootCause(e).contains("External Data Files")) {
        throw broken("has its data in an external file; external storage is never opened");
      }
      throw e;
    }
  }

  /** Addresses of a group's members by name. */
  private Map<String, Long> links(ObjectHeader header) throws ModelFormatException {
    Map<String, Long> links = new TreeMap<>();
    if (header.hasMessageOfType(SymbolTableMessage.class)) {
      SymbolTableMessage table = header.getMessageOfType(SymbolTableMessage.class);
      ByteBuffer names = new LocalHeap(storage, table.getLocalHeapAddress()).getDataBuffer();
      BTreeV1 tree = BTreeV1.createGroupBTree(storage, table.getBTreeAddress());
      for (long node : tree.getChildAddresses()) {
        for (SymbolTableEntry entry :
            new GroupSymbolTableNode(storage, node).getSymbolTableEntries()) {
          String name = Utils.readUntilNull(names.position(entry.getLinkNameOffset()));
          if (entry.getCacheType() == 2) {
            throw broken(
                "has a soft link, "
                    + ModelFormatException.quote(name)
                    + "; links are not followed");
          }
          add(links, name, entry.getObjectHeaderAddress());
        }
      }
      return links;
    }
    if (!header.hasMessageOfType(LinkInfoMessage.class)) {
      throw broken("expected a group or a dataset");
    }
    if (header.getMessageOfType(LinkInfoMessage.class).getBTreeNameIndexAddress() != -1) {
      throw broken(DENSE);
    }
    for (LinkMessage link : header.getMessagesOfType(LinkMessage.class)) {
      switch (link.getLinkType()) {
        case HARD -> add(links, link.getLinkName(), link.getHardLinkAddress());
        case SOFT ->
            throw broken(
                "has a soft link, "
                    + ModelFormatException.quote(link.getLinkName())
                    + "; links are not followed");
        case EXTERNAL ->
            throw broken(
                "has an external link, %s, to the file %s; no second file is ever opened"
                    .formatted(
                        ModelFormatException.quote(link.getLinkName()),
                        ModelFormatException.quote(link.getExternalFile())));
      }
    }
    return links;
  }

  private void add(Map<String, Long> links, String name, long address) throws ModelFormatException {
    if (name.isEmpty() || name.contains("/") || links.put(name, address) != null) {
      throw broken(
          "has a member "
              + ModelFormatException.quote(name)
              + ", no name or one that is there twice");
    }
  }

  private Map<String, List<String>> texts(ObjectHeader header) throws ModelFormatException {
    if (header.hasMessageOfType(AttributeInfoMessage.class)
        && header.getMessageOfType(AttributeInfoMessage.class).getFractalHeapAddress() != -1) {
      throw broken(DENSE);
    }
    Map<String, List<String>> texts = new TreeMap<>();
    Set<String> names = new HashSet<>();
    for (AttributeMessage attribute : header.getMessagesOfType(AttributeMessage.class)) {
      if (!names.add(attribute.getName())) {
        throw broken(
            "has the attribute " + ModelFormatException.quote(attribute.getName()) + " twice");
      }
      ByteBuffer data = attribute.getDataBuffer();
      DataType type = attribute.getDataType();
      int size = type.getSize();
      if (type instanceof StringData || isVariableString(type)) {
        List<String> values = new ArrayList<>();
        while (data != null && size > 0 && data.remaining() >= size) {
          ByteBuffer element = data.slice(data.position(), size).order(ByteOrder.LITTLE_ENDIAN);
          data.position(data.position() + size);
          values.add(type instanceof StringData ? text(element) : variableText(element));
        }
        texts.put(attribute.getName(), List.copyOf(values));
      }
    }
    return texts;
  }

  private static boolean isVariableString(DataType type) {
    return type instanceof VariableLength variable && variable.isVariableLengthString();
  }

  /** An element is its length, the address of a heap and an index in it. */
  private String variableText(ByteBuffer element) {
    int length = element.getInt();
    long address = element.getLong();
    int index = element.getInt();
    if (length == 0) {
      return "";
    }
    ByteBuffer text =
        heaps.computeIfAbsent(address, a -> new GlobalHeap(storage, a)).getObjectData(index);
    if (length < 0 || length > text.remaining()) {
      throw new IllegalArgumentException("a string is longer than its place in the heap");
    }
    return text(text.slice(0, length));
  }

  private String text(ByteBuffer bytes) {
    // many strings may share one place, and together be longer than the file
    textLeft -= bytes.remaining();
    if (textLeft < 0) {
      throw new IllegalArgumentException("the texts are longer than the file");
    }
    String text = UTF_8.decode(bytes).toString();
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  private Hdf5Tensor tensor(ObjectHeader header) throws ModelFormatException {
    List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (int size :
        header.getMessageOfType(DataSpaceMessage.class).getDataSpace().getDimensions()) {
      shape.add(size);
      count = Math.multiplyExact(count, size);
    }
    DataType type = header.getMessageOfType(DataTypeMessage.class).getDataType();
    if (header.hasMessageOfType(FilterPipelineMessage.class)
        || !(header.getMessageOfType(DataLayoutMessage.class)
            instanceof ContiguousDataLayoutMessage layout)) {
      throw broken("is chunked, compact or compressed, which Keras does not write");
    }
    long length = Math.multiplyExact(count, type.getSize());
    if (count < 0 || layout.getSize() != length) {
      throw broken("has shape " + shape + " but " + layout.getSize() + " bytes");
    }
    boolean stored = length > 0 && layout.getAddress() != -1;
    if (length > 0 && !stored) {
      throw broken("has shape " + shape + " but no data");
    }
    // checked here; the bytes are decoded when somebody asks for them
    ByteBuffer data = stored ? storage.slice(layout.getAddress(), length) : ByteBuffer.allocate(0);
    return new Hdf5Tensor(file, where + place, shape, type, data);
  }

  private ModelFormatException broken(String problem) {
    return new ModelFormatException(file, where + place, problem);
  }
}

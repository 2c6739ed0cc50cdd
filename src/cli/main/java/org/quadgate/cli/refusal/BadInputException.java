// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.refusal;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Something the user gave that cannot be used. The message is what the user sees: one line with the
 * file, the place in it and what was expected.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the one line that the user sees. */
  public BadInputException(String message) {
    super(message);
  }

  /** With what led to it, for {@code --trace}. */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file, or standard input, that cannot be read. */
  public static BadInputException reading(String name, IOException e) {
    String what =
        switch (e) {
          case NoSuchFileException _ -> "no such file";
          case CharacterCodingException _ -> "expected UTF-8 text, found other bytes";
          default -> "cannot be read: " + reason(e);
        };
    return new BadInputException(name + ": " + what, e);
  }

  /** A file that cannot be written. */
  public static BadInputException writing(Path path, IOException e) {
    String reason =
        e instanceof NoSuchFileException
            ? "folder " + path.toAbsolutePath().getParent() + " does not exist"
            : reason(e);
    return new BadInputException(path + ": cannot be written: " + reason, e);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "a file is in the way";
      case NotDirectoryException _ -> "not a folder";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  /** A value as an error shows it: quoted, on one line, and not too long. */
  public static String quote(String value) {
    StringBuilder text = new StringBuilder("\"");
    int shown = 0;
    for (int at = 0; at < value.length() && shown < 40; shown++) {
      int c = value.codePointAt(at);
      at += Character.charCount(c);
      text.append(Character.isISOControl(c) ? escape(c) : Character.toString(c));
      if (shown == 39 && at < value.length()) {
        text.append("...");
      }
    }
    return text.append('"').toString();
  }

  private static String escape(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> String.format("\\u%04x", c);
    };
  }
}

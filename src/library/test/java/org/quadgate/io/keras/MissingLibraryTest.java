// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** An embedder who has not added the library for HDF5 is told which one it is. */
class MissingLibraryTest {
  private static final Path MODEL =
      Path.of("src", "library", "test", "resources", "keras", "tiny_k2.h5").toAbsolutePath();

  /** Reads through classes of a class path that lacks what {@code without} names; the failure. */
  private static Throwable failure(String without) throws Exception {
    List<URL> urls = new ArrayList<>();
    boolean left = false;
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.contains(without)) {
        left = true;
      } else {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    assertTrue(left, "there is no " + without + " to leave out");
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      loader.loadClass(KerasFile.class.getName()).getMethod("read", Path.class).invoke(null, MODEL);
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }

  @Test
  void theMessageNamesTheDependency() throws Exception {
    Matcher matcher =
        Pattern.compile("jhdf-([0-9.]+)\\.jar").matcher(System.getProperty("java.class.path"));
    assertTrue(matcher.find(), "the tests run without jhdf");
    Throwable failure = failure("jhdf");
    assertEquals(IOException.class, failure.getClass());
    String message = failure.getMessage();
    assertTrue(message.startsWith(MODEL.toString()), message);
    assertTrue(message.contains("io.jhdf:jhdf:" + matcher.group(1)), message);
  }

  /** Else the class path could lack more than the library. */
  @Test
  void theSameClassPathReadsWithTheLibrary() throws Exception {
    Throwable failure = failure("junit-jupiter-params");
    assertNull(failure);
  }
}

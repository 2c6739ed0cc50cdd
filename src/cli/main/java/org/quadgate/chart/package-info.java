// SPDX-License-Identifier: Apache-2.0

/**
 * Charts as SVG and pages that hold them: self-contained, for light and dark, for screens of any
 * width and for paper, in colours that the colour-blind can tell apart (Okabe &amp; Ito, "Color
 * Universal Design", 2008).
 */
package org.quadgate.chart;

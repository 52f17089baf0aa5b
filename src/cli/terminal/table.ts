/** Columns padded to the widest cell and three spaces apart, as kubectl prints. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3),
      )
      .join('')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

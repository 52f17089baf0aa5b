import type { OutputFormat, Terminal } from './command.ts'

/** Prints the result of a command, as its text or as JSON. */
export function printResult(
  { out }: Pick<Terminal, 'out'>,
  output: OutputFormat,
  { text, value }: { readonly text: string; readonly value: unknown },
): void {
  out(output === 'json' ? `${JSON.stringify(value, null, 2)}\n` : text)
}

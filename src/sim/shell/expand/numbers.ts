const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What `sleep` and `timeout` read: `0.5`, `2m`; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?|\.\d+)([smhd])?$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1000)
}

/** Reads a count as the shell's own commands do: 0 for what is no number, undefined for nothing. */
export function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 10) || 0
}

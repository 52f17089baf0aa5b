/** JSON's strings are TOML's basic strings. */
export function tomlText(value: string): string {
  return JSON.stringify(value)
}

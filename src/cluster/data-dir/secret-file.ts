import { chmodSync, renameSync, writeFileSync } from 'node:fs'

/** Writes atomically and for the owner's eyes only. */
export function writeSecret(path: string, content: string): void {
  const draft = `${path}.new`
  writeFileSync(draft, content, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}

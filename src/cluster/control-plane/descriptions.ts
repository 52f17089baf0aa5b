import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Descriptions, noDescriptions, readDescriptions } from '#api'

/** Texts of the API's types for `kubectl explain`; made at build time, so they may be absent. */
export function loadDescriptions(): Descriptions {
  const candidates = [
    '../../../.cache/descriptions.json',
    '../descriptions.json',
    './descriptions.json',
  ]
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  return found ? readDescriptions(found) : noDescriptions
}

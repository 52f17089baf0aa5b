import { type Document, parseAllDocuments, type Tags } from 'yaml'
import { messageOf } from '#lib'
import { decodeJson } from './json.ts'

export interface YamlLimits {
  readonly maxDepth: number
  /** How many nodes aliases may expand to, as a multiple of those written. */
  readonly maxAliasCount: number
}

export const yamlLimits: YamlLimits = { maxDepth: 1000, maxAliasCount: 100 }

/**
 * The documents of a manifest as JSON values, empty ones left out. YAML 1.1 as Kubernetes' tools
 * read it: `on` is true, `012` is ten, but times of day and dates are plain strings.
 * @throws Error `error converting YAML to JSON: yaml: …`.
 */
export function decodeYaml(text: string, limits = yamlLimits): unknown[] {
  if (text.trimStart().startsWith('{')) {
    const value = tryJson(text)
    if (value !== undefined) return [value]
  }
  return parseDocuments(text)
    .map((document) => toJson(document, limits))
    .filter((value) => value !== null && value !== undefined)
}

/** Exactly one document, as the body of a request. */
export function decodeYamlBody(text: string, limits = yamlLimits): unknown {
  return decodeYaml(text, limits)[0]
}

/** Types that YAML 1.1 has and JSON has not; their texts stay strings. */
const foreignTags = new Set(['timestamp', 'binary', 'omap', 'set', 'pairs'])

const customTags = (tags: Tags): Tags =>
  tags.filter((tag) => {
    if (typeof tag === 'string') return true
    const name = tag.tag.slice(tag.tag.lastIndexOf(':') + 1)
    // 22:22 is a pair of ports, not a number to the base of 60.
    return !foreignTags.has(name) && !('format' in tag && tag.format === 'TIME')
  })

function parseDocuments(text: string): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.1',
      customTags,
      prettyErrors: false,
      logLevel: 'silent',
    })
    // An empty stream comes back as an empty list that carries directives.
    return Array.isArray(documents) ? documents : []
  } catch (error) {
    throw failure(messageOf(error))
  }
}

function toJson(document: Document.Parsed, { maxDepth, maxAliasCount }: YamlLimits): unknown {
  const [error] = document.errors
  if (error) throw failure(error.message)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount })
  } catch (cause) {
    throw failure(messageOf(cause))
  }
  checkJson(value, maxDepth)
  return value
}

function checkJson(value: unknown, depthLeft: number): void {
  if (depthLeft < 0) throw failure('exceeded max depth')
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`error converting YAML to JSON: json: unsupported value: ${value}`)
  }
  if (typeof value !== 'object' || value === null) return
  for (const child of Object.values(value)) checkJson(child, depthLeft - 1)
}

function tryJson(text: string): unknown {
  try {
    return decodeJson(text).value
  } catch {
    return undefined
  }
}

function failure(message: string): Error {
  // The parser recurses; nesting that exhausts the stack reaches us as the engine's message.
  const what = message.includes('call stack') ? 'exceeded max depth' : message
  return new Error(`error converting YAML to JSON: yaml: ${what}`)
}

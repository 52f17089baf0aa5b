import { parseEvents, YAMLException } from 'js-yaml'
import { messageOf } from '#lib'
import { decodeJson } from '../json/json.ts'
import { type BuildLimits, buildDocuments, tooDeep, tooMany, type YamlDocument } from './build.ts'

interface YamlLimits extends BuildLimits {
  /** How many indicators (`,` `[` `- ` …) the text may have, those in strings and comments included. */
  readonly maxIndicators: number
}

/** Upstream allows 10000 levels; what our own recursive code surely bears is less. */
const yamlLimits: YamlLimits = {
  maxDepth: 1000,
  maxNodes: 100_000,
  maxIndicators: 250_000,
}

/** The body of a request in YAML. */
export interface DecodedYaml {
  readonly value: unknown
  /** What strict decoding finds, as one text: `yaml: unmarshal errors:\n  line 2: key …`. */
  readonly fault?: string
}

/**
 * The documents of a manifest as JSON values, empty ones left out. YAML 1.1 as Kubernetes' tools
 * read it: `on` is true, `012` is ten, but times of day and dates are plain strings.
 * @throws Error `error converting YAML to JSON: yaml: …`, also for keys that stand there twice.
 */
export function decodeYaml(text: string, limits = yamlLimits): unknown[] {
  try {
    return documentsOf(text, limits).map((document) => {
      const fault = faultOf(document)
      if (fault) throw new Error(fault)
      return document.value
    })
  } catch (error) {
    throw new Error(convertingError(messageOf(error)))
  }
}

/**
 * The first document of a stream, as the body of a request; `undefined` for an empty one. Of keys
 * that stand there twice the last one counts.
 * @throws Error `yaml: …`, or `json: …` for what JSON has no form for.
 */
export function decodeYamlBody(text: string, limits = yamlLimits): DecodedYaml {
  const [document] = documentsOf(text, limits)
  if (!document) return { value: undefined }
  const fault = faultOf(document)
  return { value: document.value, ...(fault && { fault }) }
}

/** What upstream calls an error of this room where it reads YAML as an object. */
export function convertingError(why: string): string {
  return `error converting YAML to JSON: ${why}`
}

function faultOf({ duplicates }: YamlDocument): string | undefined {
  if (duplicates.length === 0) return undefined
  return ['yaml: unmarshal errors:', ...duplicates].join('\n  ')
}

function documentsOf(text: string, limits: YamlLimits): readonly YamlDocument[] {
  if (text.trimStart().startsWith('{')) {
    const value = tryJson(text)
    if (value !== undefined) return [{ value, duplicates: [] }]
  }
  try {
    if (indicators(text) > limits.maxIndicators) throw tooMany(limits)
    const events = parseEvents(text, { maxDepth: limits.maxDepth })
    const documents = buildDocuments(text, events, limits)
    return documents.filter(({ value }) => value !== null && checkedJson(value))
  } catch (error) {
    throw error instanceof UnsupportedValue ? error : new Error(`yaml: ${reasonOf(error, limits)}`)
  }
}

/**
 * Each node but the first comes after one of YAML's indicators: a text that is hardly anything else is
 * refused before the parser makes something of each.
 */
function indicators(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // , [ { stand for one wherever they are
    if (code === 0x2c || code === 0x5b || code === 0x7b) count++
    // - ? : only before white space
    else if ((code === 0x2d || code === 0x3f || code === 0x3a) && !(text.charCodeAt(i + 1) > 0x20))
      count++
  }
  return count
}

class UnsupportedValue extends Error {}

function checkedJson(value: unknown): true {
  const seen = new Set<object>()
  const check = (each: unknown): void => {
    if (typeof each === 'number' && !Number.isFinite(each)) {
      const name = Number.isNaN(each) ? 'NaN' : each > 0 ? '+Inf' : '-Inf'
      throw new UnsupportedValue(`json: unsupported value: ${name}`)
    }
    // What aliases bring in several times is looked at once.
    if (typeof each !== 'object' || each === null || seen.has(each)) return
    seen.add(each)
    for (const child of Object.values(each)) check(child)
  }
  check(value)
  return true
}

/** JSON is YAML, and by far the most common; what repeats keys is left to the other way. */
function tryJson(text: string): unknown {
  try {
    const { value, hasDuplicates } = decodeJson(text)
    return hasDuplicates ? undefined : value
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown, limits: YamlLimits): string {
  if (!(error instanceof YAMLException)) return messageOf(error)
  if (error.reason.includes('maxDepth')) return tooDeep(limits).message
  return error.mark ? `line ${error.mark.line + 1}: ${error.reason}` : error.reason
}

import { deepEqual, goQuote } from '#machinery'

/**
 * What differs between two values, laid out as upstream's messages show Go values: `-` the old, `+`
 * the new, runs of equal fields counted. Names of types inside are left out.
 */
export function specDiff(old: unknown, next: unknown, type: string): string {
  return [`  ${type}{`, ...membersDiff(asMap(old), asMap(next), '\t'), '  }', ''].join('\n')
}

type JsonMap = Readonly<Record<string, unknown>>

function membersDiff(old: JsonMap, next: JsonMap, indent: string): string[] {
  const lines: string[] = []
  let same = 0
  const flush = () => {
    if (same > 0) lines.push(`  ${indent}... // ${same} identical fields`)
    same = 0
  }
  for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort()) {
    if (deepEqual(old[key], next[key])) same++
    else {
      flush()
      lines.push(...memberDiff(goName(key), old[key], next[key], indent))
    }
  }
  flush()
  return lines
}

function memberDiff(name: string, old: unknown, next: unknown, indent: string): string[] {
  if (isMap(old) && isMap(next)) {
    return [`  ${indent}${name}: {`, ...membersDiff(old, next, `${indent}\t`), `  ${indent}},`]
  }
  if (Array.isArray(old) && Array.isArray(next) && old.length === next.length) {
    return [`  ${indent}${name}: {`, ...itemsDiff(old, next, `${indent}\t`), `  ${indent}},`]
  }
  return [`- ${indent}${name}: ${goValue(old)},`, `+ ${indent}${name}: ${goValue(next)},`]
}

function itemsDiff(old: readonly unknown[], next: readonly unknown[], indent: string): string[] {
  return old.flatMap((item, i) => {
    if (deepEqual(item, next[i])) return [`  ${indent}... // identical`]
    if (!isMap(item) || !isMap(next[i])) {
      return [`- ${indent}${goValue(item)},`, `+ ${indent}${goValue(next[i])},`]
    }
    return [`  ${indent}{`, ...membersDiff(item, next[i], `${indent}\t`), `  ${indent}},`]
  })
}

function goValue(value: unknown): string {
  if (value === undefined || value === null) return 'nil'
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `{${value.map(goValue).join(', ')}}`
  if (!isMap(value)) return String(value)
  const members = Object.entries(value).map(([key, each]) => `${goName(key)}: ${goValue(each)}`)
  return `{${members.join(', ')}}`
}

function goName(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1)
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asMap(value: unknown): JsonMap {
  return isMap(value) ? value : {}
}

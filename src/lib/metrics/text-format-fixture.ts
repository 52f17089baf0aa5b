import assert from 'node:assert/strict'

/** A family as a strict reader of the text format finds it. */
export interface ReadFamily {
  readonly help: string
  readonly type: string
  /** Series by their labels as they are written, without the name of the family. */
  readonly samples: ReadonlyMap<string, number>
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\S+)$/
const label = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*"(?:,|$)/y
const number = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]\d\d+)?|Inf)|NaN)$/
const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\[(?:ALPHA|BETA|STABLE)\] .+)$/
const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/

/** Whether a text is labels, one after the other, with a comma between two. */
function areLabels(text: string): boolean {
  label.lastIndex = 0
  while (label.lastIndex < text.length) if (!label.test(text)) return false
  return !text.endsWith(',')
}

/**
 * Reads the text format of Prometheus (0.0.4) strictly: each family once, with help, type and samples in one
 * place; each series once; counters not negative; histograms whole, with buckets that rise.
 */
export function readMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  assert(text.endsWith('\n'), 'the last line ends')
  const families = new Map<string, { help: string; type: string; samples: Map<string, number> }>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = help.exec(line)
    const typed = type.exec(line)
    if (helped) {
      current = helped[1] ?? ''
      assert(!families.has(current), `${current} stands twice`)
      families.set(current, { help: helped[2] ?? '', type: '', samples: new Map() })
    } else if (typed) {
      const family = families.get(current)
      assert(family && typed[1] === current && family.type === '', line)
      family.type = typed[2] ?? ''
    } else addSample(families.get(current), current, line)
  }
  for (const [name, { type: kind, samples }] of families) {
    assert(samples.size > 0, `${name} has samples`)
    if (kind === 'histogram') checkHistogram(name, samples)
  }
  return families
}

function addSample(
  family: { readonly type: string; readonly samples: Map<string, number> } | undefined,
  current: string,
  line: string,
): void {
  const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? assert.fail(line)
  assert(areLabels(labels) && number.test(value), line)
  const suffix = name.slice(current.length)
  const allowed = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  assert(family && name.startsWith(current) && allowed.includes(suffix), line)
  const series = `${suffix}{${labels}}`
  assert(!family.samples.has(series), `${line} stands twice`)
  const read = Number(value.replace('Inf', 'Infinity'))
  if (family.type !== 'gauge') assert(read >= 0, line)
  family.samples.set(series, read)
}

function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, { readonly bound: number; readonly count: number }>()
  for (const [series, count] of samples) {
    const bucket = /^_bucket\{(.*?),?le="([^"]+)"\}$/.exec(series)
    if (!bucket) continue
    const [, labels = '', le = ''] = bucket
    const bound = Number(le.replace('Inf', 'Infinity'))
    const before = last.get(labels) ?? { bound: Number.NEGATIVE_INFINITY, count: 0 }
    assert(bound > before.bound && count >= before.count, `${name}${series}`)
    last.set(labels, { bound, count })
  }
  for (const [labels, { bound, count }] of last) {
    assert.equal(bound, Number.POSITIVE_INFINITY, name)
    assert.equal(samples.get(`_count{${labels}}`), count, name)
    assert(samples.has(`_sum{${labels}}`), name)
  }
}

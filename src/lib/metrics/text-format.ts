/** A line of a family: a value, with the values of the labels in the order of their names. */
export interface Sample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count'
  readonly labels: readonly string[]
  /** The upper bound of a bucket. */
  readonly bound?: number
  readonly value: number
}

/** A family as it is written. */
export interface TextFamily {
  readonly name: string
  readonly help: string
  readonly stability: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly samples: readonly Sample[]
}

/** So many lines are written at once: a millisecond or two. */
const linesOfPiece = 500

/** A family in the text format of Prometheus, with labels in the order of their names, as Go writes it, in pieces. */
export function* familyPieces(family: TextFamily): Generator<string> {
  const { name, help, stability, type, labels, samples } = family
  if (samples.length === 0) return
  const order = labels.map((_, at) => at).sort((a, b) => compare(labels[a], labels[b]))
  const lineOf = (sample: Sample) => {
    const pairs = order.map((at) => `${labels[at]}="${escaped(sample.labels[at] ?? '')}"`)
    if (sample.bound !== undefined) pairs.push(`le="${goFloat(sample.bound)}"`)
    const series = pairs.length > 0 ? `{${pairs.join(',')}}` : ''
    return `${name}${sample.suffix}${series} ${goFloat(sample.value)}\n`
  }
  const about = `[${stability}] ${help}`.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  yield `# HELP ${name} ${about}\n# TYPE ${name} ${type}\n`
  for (let at = 0; at < samples.length; at += linesOfPiece) {
    yield samples
      .slice(at, at + linesOfPiece)
      .map(lineOf)
      .join('')
  }
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b)
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : value
}

/** A number as Go's `strconv` writes it in its shortest form: with an exponent from a million on. */
function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  const sign = power < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, '0')}`
}

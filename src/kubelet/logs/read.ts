import type { HostFiles, ReadableFile } from '#host'
import type { LogOptions } from '#machinery'

/** One line of a container's log as the runtime writes it: `time stream tag content`. */
interface LogLine {
  readonly time: string
  readonly stream: string
  /** False for a part of a line that goes on. */
  readonly isWhole: boolean
  readonly content: Buffer
}

const chunkBytes = 64 * 1024
/** The longest line that is kept while its end is looked for; runtimes split at 16 KiB. */
const maxLineBytes = 1024 * 1024
const newline = 10

export interface LogSource {
  readonly files: HostFiles
  readonly path: string
  /** Wall time now, for `sinceSeconds`. */
  readonly nowMs: number
  /** False once the container has ended: then a follower stops at the end of the file. */
  readonly isRunning: () => Promise<boolean>
}

/** A container's log in the form that the options ask for; follows the file while it grows. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  const sinceMs = sinceOf(options, source.nowMs)
  for await (const line of linesOf(source, options, signal)) {
    if (sinceMs !== undefined && Date.parse(line.time) < sinceMs) continue
    if (!isWanted(line.stream, options.stream)) continue
    const bytes = render(line, options.timestamps === true).subarray(0, left)
    left -= bytes.length
    if (bytes.length > 0) yield bytes
    if (left <= 0) return
  }
}

function sinceOf({ sinceSeconds, sinceTime }: LogOptions, nowMs: number): number | undefined {
  if (sinceSeconds !== undefined) return nowMs - sinceSeconds * 1000
  return sinceTime === undefined ? undefined : Date.parse(sinceTime)
}

function isWanted(stream: string, wanted: LogOptions['stream']): boolean {
  return wanted === undefined || wanted === 'All' || wanted.toLowerCase() === stream
}

function render({ time, content, isWhole }: LogLine, timestamps: boolean): Buffer {
  const parts = timestamps ? [Buffer.from(`${time} `), content] : [content]
  return Buffer.concat(isWhole ? [...parts, Buffer.from('\n')] : parts)
}

async function* linesOf(
  { files, path, isRunning }: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  await using file = await files.open(path, signal)
  if (!file) return
  let offset = await startOf(file, options.tailLines, signal)
  let rest: Buffer = Buffer.alloc(0)
  while (!signal.aborted) {
    // Asked before reading: what is written before the end is then certainly read.
    const goesOn = options.follow === true && (await isRunning())
    for await (const chunk of chunksOf(file, offset, signal)) {
      offset += chunk.length
      const { lines, left } = split(Buffer.concat([rest, chunk]))
      rest = left.length > maxLineBytes ? Buffer.alloc(0) : left
      yield* lines
    }
    if (!goesOn) return
    await file.changed(offset, signal)
  }
}

/** What is in the file from `start` to its present end. */
async function* chunksOf(
  file: ReadableFile,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; ; ) {
    const chunk = await file.read(offset, chunkBytes, signal)
    if (chunk.length === 0) return
    offset += chunk.length
    yield chunk
  }
}

function split(buffer: Buffer): { readonly lines: readonly LogLine[]; readonly left: Buffer } {
  const lines: LogLine[] = []
  let start = 0
  for (let end = buffer.indexOf(newline); end >= 0; end = buffer.indexOf(newline, start)) {
    const line = parse(buffer.subarray(start, end))
    if (line) lines.push(line)
    start = end + 1
  }
  return { lines, left: buffer.subarray(start) }
}

const space = 32

function parse(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space)
  const second = line.indexOf(space, first + 1)
  const third = line.indexOf(space, second + 1)
  if (first < 0 || second < 0) return undefined
  const tag = line.subarray(second + 1, third < 0 ? undefined : third).toString('latin1')
  return {
    time: line.subarray(0, first).toString('latin1'),
    stream: line.subarray(first + 1, second).toString('latin1'),
    isWhole: !tag.split(':').includes('P'),
    content: third < 0 ? Buffer.alloc(0) : line.subarray(third + 1),
  }
}

/** Where the last `tailLines` lines begin, found by reading backwards. */
async function startOf(
  file: ReadableFile,
  tailLines: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (tailLines === undefined) return 0
  const { sizeBytes } = await file.status(signal)
  if (tailLines === 0) return sizeBytes
  let wanted = tailLines
  let end = sizeBytes
  while (end > 0) {
    const start = Math.max(0, end - chunkBytes)
    const chunk = Buffer.from(await file.read(start, end - start, signal))
    for (let at = chunk.length - 1; at >= 0; at--) {
      // The newline at the very end closes the last line and begins none.
      if (chunk[at] !== newline || start + at === sizeBytes - 1) continue
      if (--wanted === 0) return start + at + 1
    }
    end = start
  }
  return 0
}

import type { ProcessFiles } from '../../process/process.ts'
import { ShellError } from '../syntax/syntax.ts'
import type { Filter, FilterRun, Taken } from './filter-lines.ts'

/**
 * `tar`: makes, lists and extracts archives of text over its input and output or a file, which is what
 * `kubectl cp` runs in a container.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export const tar: Filter = {
  usage: 'tar c|x|t [-f FILE] [-C DIRECTORY] [PATH…]',
  files: () => [],
  missing: (path) => [`tar: ${path}: Cannot open: No such file or directory`, 2],
  take(text, isEnd, run) {
    const call = readCall(run.args)
    if (call.mode === 'c') return create(call, run)
    run.memo.kept += text
    if (!isEnd && call.file === '-') return {}
    const archive = call.file === '-' ? run.memo.kept : run.files.read(run.at(call.file))
    if (archive === undefined) return { err: `${tar.missing(call.file)[0]}\n`, status: 2 }
    const entries = readArchive(Buffer.from(archive))
    if (!entries) return { err: 'tar: This does not look like a tar archive\n', status: 2 }
    if (call.mode === 't')
      return { out: entries.map(({ name }) => `${name}\n`).join(''), status: 0 }
    for (const entry of entries) extract(entry, call, run)
    return { status: 0 }
  },
}

interface Call {
  readonly mode: 'c' | 'x' | 't' | undefined
  readonly file: string
  readonly directory: string
  readonly paths: readonly string[]
}

/** Flags may stand without a dash; `f` and `-C` take the word behind them. */
function readCall(args: readonly string[]): Call {
  const [first = '', ...rest] = args
  const words = first.startsWith('-') ? args : [`-${first}`, ...rest]
  const isFlags = (word: string) => /^-[a-zA-Z]+$/.test(word) && word !== '-C'
  const valueBehind = (takes: (word: string) => boolean) => words[words.findIndex(takes) + 1]
  const takesFile = (word: string) => isFlags(word) && word.includes('f')
  const flags = words.filter(isFlags).join('')
  const isOperand = (word: string, index: number) => {
    const before = words[index - 1] ?? ''
    return (word === '-' || !word.startsWith('-')) && before !== '-C' && !takesFile(before)
  }
  const mode = (['c', 'x', 't'] as const).find((each) => flags.includes(each))
  return {
    mode,
    file: words.some(takesFile) ? (valueBehind(takesFile) ?? '-') : '-',
    directory: words.includes('-C') ? (valueBehind((word) => word === '-C') ?? '.') : '.',
    paths: words.filter(isOperand),
  }
}

const blockSize = 512

function create({ file, directory, paths }: Call, run: FilterRun): Taken {
  const blocks: Buffer[] = []
  let missing = ''
  for (const path of paths) {
    const from = run.at(`${directory}/${path}`)
    const at = path.startsWith('/') ? run.at(path) : from
    if (run.files.kindOf(at) === undefined) {
      missing += `tar: ${path}: Cannot stat: No such file or directory\n`
    } else addTo(blocks, path.replace(/^\/{1,64}/, ''), at, run.files)
  }
  const archive = Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]).toString()
  if (file !== '-') run.files.write(run.at(file), archive)
  const err = missing === '' ? {} : { err: missing }
  return { ...(file === '-' ? { out: archive } : {}), ...err, status: missing === '' ? 0 : 2 }
}

/** More than any archive of a simulated container needs. */
const entryLimit = 20_000

function addTo(blocks: Buffer[], name: string, path: string, files: ProcessFiles): void {
  if (blocks.length > entryLimit) throw new ShellError('Out of space')
  if (files.kindOf(path) === 'directory') {
    blocks.push(header(`${name}/`, 0, '5'))
    const inside = path === '/' ? '' : path
    for (const each of files.list(path))
      addTo(blocks, `${name}/${each}`, `${inside}/${each}`, files)
    return
  }
  const bytes = Buffer.from(files.read(path) ?? '')
  const padding = Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)
  blocks.push(header(name, bytes.length, '0'), bytes, padding)
}

/** A block of ustar's fields: octal numbers, and a sum over all bytes with its own place blank. */
function header(name: string, sizeBytes: number, kind: '0' | '5'): Buffer {
  const block = Buffer.alloc(blockSize)
  const [short, prefix] = splitName(name)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const fields: readonly (readonly [number, string])[] = [
    [0, short],
    [100, octal(kind === '5' ? 0o755 : 0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(sizeBytes, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, kind],
    [257, 'ustar\x0000'],
    [265, 'root'],
    [297, 'root'],
    [345, prefix],
  ]
  for (const [at, text] of fields) block.write(text, at)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** A name of more than 100 bytes is cut at a slash. */
function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return [name, '']
  const slash = name.indexOf('/', name.length - 101)
  return slash < 0
    ? [name.slice(0, 100), '']
    : [name.slice(slash + 1), name.slice(0, slash).slice(0, 155)]
}

interface Entry {
  readonly name: string
  readonly isDirectory: boolean
  readonly text: string
}

/** Undefined for what is no archive. */
function readArchive(archive: Buffer): readonly Entry[] | undefined {
  const entries: Entry[] = []
  for (let at = 0; at + blockSize <= archive.length; ) {
    const field = (from: number, length: number) =>
      archive.toString('utf8', at + from, at + from + length).split('\0')[0] ?? ''
    if (archive[at] === 0) break
    if (!field(257, 5).startsWith('ustar')) return undefined
    const size = Math.max(0, Number.parseInt(field(124, 12), 8) || 0)
    const prefix = field(345, 155)
    const name = (prefix === '' ? '' : `${prefix}/`) + field(0, 100)
    const text = archive.toString('utf8', at + blockSize, at + blockSize + size)
    const kind = field(156, 1)
    if (kind === '5' || kind === '0' || kind === '') {
      entries.push({ name, isDirectory: kind === '5', text })
    }
    at += blockSize + Math.ceil(size / blockSize) * blockSize
  }
  return entries
}

function extract(
  { name, isDirectory, text }: Entry,
  { directory, paths }: Call,
  run: FilterRun,
): void {
  const bare = name.replace(/\/$/, '')
  const isWanted =
    paths.length === 0 || paths.some((path) => bare === path || bare.startsWith(`${path}/`))
  // As GNU's tar does, nothing leaves the directory.
  if (!isWanted || bare.split('/').includes('..')) return
  const path = run.at(`${directory}/${bare}`)
  if (isDirectory) run.files.makeDirectory(path)
  else run.files.write(path, text)
}

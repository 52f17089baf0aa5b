import { gunzipSync, gzipSync } from 'node:zlib'
import { withoutEnd } from '../../patterns/trim.ts'
import { bytesOf, textFrom } from '../../process/bytes.ts'
import type { ProcessFiles } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import { ShellError } from '../syntax/syntax.ts'
import { type ArchiveEntry, archiveEnd, entryBlocks, readArchive } from './archive.ts'
import type { Filter, FilterRun, Taken } from './filter-lines.ts'

/** More than any archive of a simulated container needs. */
const archiveLimit = 32 * 1024 * 1024

/**
 * `tar`: makes, lists and extracts archives over its input and output or a file, which is what `kubectl cp`
 * runs in a container.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export const tar: Filter = {
  usage: 'tar c|x|t [-zv] [-f FILE] [-C DIRECTORY] [PATH…]',
  keeps: archiveLimit,
  files: () => [],
  needsInput: (args) => {
    const { mode, file } = readCall(args)
    return mode !== 'c' && file === '-'
  },
  missing: (path) => [`tar: ${path}: Cannot open: No such file or directory`, 2],
  take(text, isEnd, run) {
    const call = readCall(run.args)
    if (call.mode === 'c') return create(call, run)
    run.memo.kept += text
    if (!isEnd && call.file === '-') return {}
    const archive = call.file === '-' ? run.memo.kept : run.files.read(run.at(call.file))
    if (archive === undefined) return { err: `${tar.missing(call.file)[0]}\n`, status: 2 }
    const entries = readArchive(unzipped(bytesOf(archive)))
    if (!entries)
      return { err: `tar: This does not look like a tar archive\n${exiting}`, status: 2 }
    const wanted = entries.filter(({ name }) => isWanted(name, call))
    const names = wanted.map(({ name }) => `${name}\n`).join('')
    if (call.mode === 't') return { out: names, status: 0 }
    const err = wanted.map((entry) => extract(entry, call, run)).join('')
    const out = call.isVerbose ? { out: names } : {}
    return err === '' ? { ...out, status: 0 } : { ...out, err: err + exiting, status: 2 }
  },
}

const exiting = 'tar: Exiting with failure status due to previous errors\n'

/** GNU's and busybox's find out by themselves whether an archive is compressed. */
function unzipped(archive: Buffer): Buffer {
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) return archive
  try {
    return gunzipSync(archive, { maxOutputLength: archiveLimit })
  } catch {
    throw new ShellError('Out of space')
  }
}

interface Call {
  readonly mode: 'c' | 'x' | 't' | undefined
  readonly file: string
  readonly directory: string
  readonly paths: readonly string[]
  readonly isZipped: boolean
  readonly isVerbose: boolean
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
    isZipped: flags.includes('z'),
    isVerbose: flags.includes('v'),
  }
}

function create({ file, directory, paths, isZipped }: Call, run: FilterRun): Taken {
  const blocks: Buffer[] = []
  let missing = ''
  for (const path of paths) {
    const from = run.at(`${directory}/${path}`)
    const at = path.startsWith('/') ? run.at(path) : from
    if (run.files.kindOf(at) === undefined) {
      missing += `tar: ${path}: Cannot stat: No such file or directory\n`
    } else addTo(blocks, path.replace(/^\/{1,64}/, ''), at, run.files)
  }
  const plain = Buffer.concat([...blocks, archiveEnd])
  const archive = textFrom(isZipped ? gzipSync(plain) : plain)
  const toFile = () => run.files.write(run.at(file), archive)
  const failed = file === '-' ? undefined : failureOf(toFile)
  const refused = failed ? `tar: ${file}: Cannot write: ${failed.reason}\n` : ''
  const err = missing + refused === '' ? '' : missing + refused + exiting
  return { ...(file === '-' ? { out: archive } : {}), err, status: err === '' ? 0 : 2 }
}

/** More than any archive of a simulated container needs. */
const entryLimit = 20_000

function addTo(blocks: Buffer[], name: string, path: string, files: ProcessFiles): void {
  if (blocks.length > entryLimit) throw new ShellError('Out of space')
  if (files.kindOf(path) !== 'directory') {
    blocks.push(...entryBlocks(name, bytesOf(files.read(path) ?? '')))
    return
  }
  const bare = withoutEnd(name, '/')
  blocks.push(...entryBlocks(`${bare}/`, Buffer.alloc(0)))
  const inside = path === '/' ? '' : path
  for (const each of files.list(path)) addTo(blocks, `${bare}/${each}`, `${inside}/${each}`, files)
}

/** As GNU's tar does, nothing leaves the directory. */
function isWanted(name: string, { paths }: Call): boolean {
  const bare = name.replace(/\/$/, '')
  return paths.length === 0 || paths.some((path) => bare === path || bare.startsWith(`${path}/`))
}

/** Puts an entry where it belongs; gives what there is to complain about. */
function extract(
  { name, kind, target, bytes }: ArchiveEntry,
  { directory }: Call,
  run: FilterRun,
): string {
  const bare = name.replace(/\/$/, '')
  if (bare.split('/').includes('..')) return `tar: ${name}: Member name contains '..'\n`
  if (kind === 'link')
    return `tar: ${bare}: Cannot create symlink to '${target}': Operation not permitted\n`
  if (kind === 'other') return `tar: ${bare}: Cannot mknod: Operation not permitted\n`
  const path = run.at(`${directory}/${bare}`)
  const failed = failureOf(() => {
    if (kind === 'file') run.files.write(path, textFrom(bytes))
    else if (run.files.kindOf(path) !== 'directory') run.files.makeDirectory(path)
  })
  if (!failed) return ''
  return `tar: ${bare}: Cannot ${kind === 'file' ? 'write' : 'mkdir'}: ${failed.reason}\n`
}

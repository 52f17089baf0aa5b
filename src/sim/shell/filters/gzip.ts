import { gunzipSync, gzipSync } from 'node:zlib'
import { bytesOf, textFrom } from '../../process/bytes.ts'
import { failureOf } from '../files/file-failures.ts'
import type { Filter, FilterRun, Taken } from './filter-lines.ts'

/** More than a simulated container has to compress. */
const sizeLimit = 32 * 1024 * 1024

/** `gzip` and its other names: over its input and output, or of files that take each other's place. */
export function gzipFilter(name: 'gzip' | 'gunzip' | 'zcat'): Filter {
  return {
    usage: name === 'gzip' ? 'gzip [-cdfkqt1-9] [FILE…]' : `${name} [-cfkqt] [FILE…]`,
    keeps: sizeLimit,
    files: () => [],
    missing: (path) => [`gzip: ${path}: No such file or directory`, 1],
    needsInput: (args) => readCall(name, args).paths.length === 0,
    take(text, isEnd, run) {
      const call = readCall(name, run.args)
      if (call.unknown !== undefined) {
        const err = `gzip: invalid option -- '${call.unknown}'\nTry \`gzip --help' for more information.\n`
        return { err, status: 1 }
      }
      if (call.paths.length > 0) return ofFiles(call, run)
      run.memo.kept += text
      if (!isEnd) return {}
      const made = converted(call, run.memo.kept)
      if ('fault' in made) return { err: `\ngzip: stdin: ${made.fault}\n`, status: 1 }
      return { out: call.tests ? '' : made.text, status: 0 }
    },
  }
}

interface Call {
  readonly decompresses: boolean
  readonly toOutput: boolean
  readonly keeps: boolean
  readonly forces: boolean
  readonly isQuiet: boolean
  readonly tests: boolean
  readonly paths: readonly string[]
  readonly unknown: string | undefined
}

const longNames: Readonly<Record<string, string>> = {
  '--stdout': 'c',
  '--to-stdout': 'c',
  '--decompress': 'd',
  '--uncompress': 'd',
  '--keep': 'k',
  '--force': 'f',
  '--quiet': 'q',
  '--test': 't',
  '--no-name': 'n',
  '--fast': '1',
  '--best': '9',
}

function readCall(name: string, args: readonly string[]): Call {
  const isFlag = (arg: string) => arg.startsWith('-') && arg !== '-'
  const letters = args.filter(isFlag).map((arg) => longNames[arg] ?? arg.replace(/^-/, ''))
  const flags = letters.join('')
  return {
    decompresses: name !== 'gzip' || /[dt]/.test(flags),
    toOutput: name === 'zcat' || flags.includes('c'),
    keeps: flags.includes('k'),
    forces: flags.includes('f'),
    isQuiet: flags.includes('q'),
    tests: flags.includes('t'),
    paths: args.filter((arg) => !isFlag(arg) && arg !== '-'),
    unknown: [...flags].find((flag) => !'cdfkqtn123456789'.includes(flag)),
  }
}

type Converted = { readonly text: string } | { readonly fault: string }

function converted({ decompresses }: Call, text: string): Converted {
  const bytes = bytesOf(text)
  if (!decompresses) return { text: textFrom(gzipSync(bytes)) }
  if (bytes.length < 2) return { fault: 'unexpected end of file' }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { fault: 'not in gzip format' }
  try {
    return { text: textFrom(gunzipSync(bytes, { maxOutputLength: sizeLimit })) }
  } catch (error) {
    // Cast: errors of zlib have a code.
    const { code } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') return { fault: 'unexpected end of file' }
    return {
      fault:
        code === 'ERR_BUFFER_TOO_LARGE'
          ? 'No space left on device'
          : 'invalid compressed data--format violated',
    }
  }
}

/** The worst of what came of the files counts: 1 for an error, 2 for a warning. */
function ofFiles(call: Call, run: FilterRun): Taken {
  let [out, err, status] = ['', '', 0]
  for (const path of call.paths) {
    const done = ofFile(call, path, run)
    out += done.out ?? ''
    err += done.err && !(call.isQuiet && done.status === 2) ? `${done.err}\n` : ''
    status = done.status === 1 || status === 1 ? 1 : Math.max(status, done.status ?? 0)
  }
  return { out, err, status }
}

function ofFile(call: Call, path: string, run: FilterRun): Taken {
  const { files, at } = run
  const isThere = (name: string) => files.kindOf(at(name)) !== undefined
  const withEnd = call.decompresses && !isThere(path) ? `${path}.gz` : path
  if (!isThere(withEnd)) return { err: `gzip: ${withEnd}: No such file or directory`, status: 1 }
  if (files.kindOf(at(withEnd)) === 'directory')
    return { err: `gzip: ${path} is a directory -- ignored`, status: 2 }
  const target = targetOf(call, withEnd)
  if (typeof target === 'object') return target
  const made = converted(call, files.read(at(withEnd)) ?? '')
  if ('fault' in made) return { err: `\ngzip: ${withEnd}: ${made.fault}`, status: 1 }
  if (call.tests) return { status: 0 }
  if (call.toOutput) return { out: made.text, status: 0 }
  if (isThere(target) && !call.forces)
    return { err: `gzip: ${target} already exists;\tnot overwritten`, status: 2 }
  const failed = failureOf(() => {
    files.write(at(target), made.text)
    if (!call.keeps) files.remove(at(withEnd))
  })
  return failed ? { err: `gzip: ${target}: ${failed.reason}`, status: 1 } : { status: 0 }
}

/** The name of what a file becomes, or why it stays as it is. */
function targetOf({ decompresses, toOutput, tests }: Call, path: string): string | Taken {
  const isZipped = /\.(gz|tgz)$/.test(path)
  if (!decompresses) {
    if (!isZipped || toOutput) return `${path}.gz`
    return { err: `gzip: ${path} already has .gz suffix -- unchanged`, status: 0 }
  }
  if (isZipped) return path.replace(/\.gz$/, '').replace(/\.tgz$/, '.tar')
  return toOutput || tests ? path : { err: `gzip: ${path}: unknown suffix -- ignored`, status: 2 }
}

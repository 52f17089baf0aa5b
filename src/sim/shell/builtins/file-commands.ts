import { absolutePath } from '../../process/paths.ts'
import type { ProcessWorld } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import {
  type CommandContext,
  type Done,
  type PlainCommand,
  plain,
  printedLines,
} from './builtin.ts'

/** Programs that look at files or change them. */
export const fileCommands = plain({
  ls: ['ls PATH…', ls],
  touch: [
    'touch PATH…',
    eachFile(
      (path, { files }) => {
        if (files.kindOf(path) === undefined) files.write(path, '')
      },
      (path) => `touch: cannot touch '${path}'`,
    ),
  ],
  mkdir: [
    'mkdir [-p] PATH…',
    eachFile(
      (path, { files }) => files.makeDirectory(path),
      (path) => `mkdir: cannot create directory '${path}'`,
    ),
  ],
  rm: ['rm [-rf] PATH…', remove],
  rmdir: [
    'rmdir PATH…',
    eachFile(
      (path, { files }) => files.remove(path),
      (path) => `rmdir: failed to remove '${path}'`,
    ),
  ],
  cp: ['cp FROM… TO', copy(false)],
  mv: ['mv FROM… TO', copy(true)],
})

function ls(args: readonly string[], { world, directory }: CommandContext): Done {
  const paths = args.filter((arg) => !arg.startsWith('-'))
  const names: string[] = []
  for (const path of paths.length > 0 ? paths : ['.']) {
    const at = absolutePath(path, directory)
    const kind = world.files.kindOf(at)
    if (kind === undefined) {
      return { status: 2, err: `ls: cannot access '${path}': No such file or directory\n` }
    }
    names.push(...(kind === 'file' ? [path] : world.files.list(at)))
  }
  return { status: 0, out: printedLines(names) }
}

/** Does something to every operand; what cannot be done is told, and the others are done all the same. */
function eachFile(
  act: (path: string, world: ProcessWorld) => void,
  complaint: (path: string) => string,
): PlainCommand {
  return (args, { world, directory }) => {
    let err = ''
    for (const path of args.filter((arg) => !arg.startsWith('-'))) {
      const failed = failureOf(() => act(absolutePath(path, directory), world))
      if (failed) err += `${complaint(path)}: ${failed.reason}\n`
    }
    return err === '' ? { status: 0 } : { status: 1, err }
  }
}

function remove(args: readonly string[], { world, directory }: CommandContext): Done {
  const isForced = args.some((arg) => /^-\w*f/.test(arg))
  let err = ''
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const at = absolutePath(path, directory)
    if (world.files.kindOf(at) === undefined && !isForced) {
      err += `rm: cannot remove '${path}': No such file or directory\n`
      continue
    }
    const failed = failureOf(() => world.files.remove(at))
    if (failed) err += `rm: cannot remove '${path}': ${failed.reason}\n`
  }
  return err === '' ? { status: 0 } : { status: 1, err }
}

function copy(removes: boolean): PlainCommand {
  return (args, context) => {
    const name = removes ? 'mv' : 'cp'
    const paths = args.filter((arg) => !arg.startsWith('-'))
    const destination = paths.length > 1 ? (paths.at(-1) ?? '') : ''
    let err = ''
    for (const source of paths.slice(0, Math.max(1, paths.length - 1))) {
      const why = copyOne(source, destination, removes, context)
      if (why !== undefined) err += `${name}: ${why}\n`
    }
    return err === '' ? { status: 0 } : { status: 1, err }
  }
}

/** Copies or moves one file, with its permissions; gives what is in the way. */
function copyOne(
  source: string,
  destination: string,
  removes: boolean,
  { world: { files }, directory, isBareSystem }: CommandContext,
): string | undefined {
  const from = absolutePath(source, directory)
  const to = absolutePath(destination, directory)
  const own = files.read(from)
  const standIn =
    isBareSystem || files.kindOf(from) || !isProgramOfImage(from) ? undefined : program
  const text = own ?? standIn
  if (text === undefined) return `cannot stat '${from}': No such file or directory`
  const mode = own === undefined ? 0o755 : files.status(from)?.mode
  const isInto = files.kindOf(to) === 'directory'
  const target = isInto ? absolutePath(from.split('/').at(-1) ?? '', to) : to
  const isNew = files.kindOf(target) === undefined
  const failed = failureOf(() => {
    files.write(target, text)
    if (isNew && mode !== undefined && mode !== files.status(target)?.mode) {
      files.setMode(target, mode)
    }
    if (removes) files.remove(from)
  })
  if (!failed) return undefined
  const isMissing = isNew && files.kindOf(target) === undefined
  const what = isMissing ? 'cannot create regular file' : 'error writing'
  return `${what} '${destination}': ${failed.reason}`
}

/** What a program holds that an image brings: no script, so that whoever runs it starts a server. */
const program = '\x7fELF'

/** Where images have programs that nobody knows. */
const isProgramOfImage = (path: string): boolean => /\/s?bin\/|^\/(usr|opt)\//.test(path)

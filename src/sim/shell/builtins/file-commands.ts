import { absolutePath } from '../../process/paths.ts'
import type { ProcessWorld } from '../../process/process.ts'
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
    eachFile((path, { files }) => {
      if (files.kindOf(path) === undefined) files.write(path, '')
    }),
  ],
  mkdir: ['mkdir [-p] PATH…', eachFile((path, { files }) => files.makeDirectory(path))],
  rm: ['rm [-rf] PATH…', remove],
  rmdir: ['rmdir PATH…', eachFile((path, { files }) => files.remove(path))],
  cp: ['cp FROM TO', copy(false)],
  mv: ['mv FROM TO', copy(true)],
  chmod: ['chmod MODE PATH…', () => ({ status: 0 })],
  chown: ['chown OWNER PATH…', () => ({ status: 0 })],
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

function eachFile(act: (path: string, world: ProcessWorld) => void): PlainCommand {
  return (args, { world, directory }) => {
    for (const path of args.filter((arg) => !arg.startsWith('-')))
      act(absolutePath(path, directory), world)
    return { status: 0 }
  }
}

function remove(args: readonly string[], { world, directory }: CommandContext): Done {
  const isForced = args.some((arg) => /^-\w*f/.test(arg))
  let err = ''
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const at = absolutePath(path, directory)
    if (world.files.kindOf(at) === undefined && !isForced) {
      err += `rm: cannot remove '${path}': No such file or directory\n`
    } else world.files.remove(at)
  }
  return err === '' ? { status: 0 } : { status: 1, err }
}

function copy(removes: boolean): PlainCommand {
  return (args, { world, directory }) => {
    const [from = '', to = ''] = args
      .filter((arg) => !arg.startsWith('-'))
      .map((path) => absolutePath(path, directory))
    const text = world.files.read(from)
    if (text === undefined) {
      const name = removes ? 'mv' : 'cp'
      return { status: 1, err: `${name}: cannot stat '${from}': No such file or directory\n` }
    }
    const target = world.files.kindOf(to) === 'directory' ? `${to}/${from.split('/').at(-1)}` : to
    world.files.write(target, text)
    if (removes) world.files.remove(from)
    return { status: 0 }
  }
}

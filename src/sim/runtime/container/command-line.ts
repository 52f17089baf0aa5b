import type { ContainerConfig } from '#runtime'
import { knownImage } from '../../behaviour/known-images.ts'
import { absolutePath } from '../../process/paths.ts'
import type { ProcessFiles } from '../../process/process.ts'
import { shortImageName } from '../images/image-reference.ts'

/** Images that are a bare system: without a command they start a shell. */
const bareSystems: Readonly<Record<string, string>> = {
  alpine: 'sh',
  busybox: 'sh',
  centos: 'bash',
  debian: 'bash',
  fedora: 'bash',
  ubuntu: 'bash',
}

/** The command line of a container. What an image would start is told by its name. */
export function commandLine({ command, args, image }: ContainerConfig): readonly string[] {
  if (command.length > 0) return [...command, ...args]
  const known = knownImage(image.userSpecified || image.ref)
  if (known) return [...known.entrypoint, ...(args.length > 0 ? args : known.arguments)]
  const name = shortImageName(image.userSpecified || image.ref)
  const shell = bareSystems[name]
  if (shell === undefined) return [name, ...args]
  return args.length > 0 ? args : [shell]
}

/** Where no program is in any image, and names that say so: what a test of failing starts needs. */
const absentPath = /^\/no\//
const absentName = /^(no-such-.*)?$/

/** As runc says it; undefined for a command that can be started. */
export function startFailure(
  argv: readonly string[],
  { files, workingDir }: { readonly files: ProcessFiles; readonly workingDir: string },
): string | undefined {
  const [program = ''] = argv
  const isPath = program.includes('/')
  const found = isPath ? files.program(absolutePath(program, workingDir || '/')) : 'unknown'
  if (found === 'denied') return `exec: "${program}": permission denied`
  if (found === 'directory') return `exec: "${program}": is a directory`
  if (absentName.test(program)) return `exec: "${program}": executable file not found in $PATH`
  if (found !== 'missing' && !absentPath.test(program)) return undefined
  return `exec: "${program}": stat ${program}: no such file or directory`
}

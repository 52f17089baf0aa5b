import { FileError } from '../../process/file-error.ts'
import type { ProcessFileStatus } from '../../process/process.ts'
import type { Run, Subcommand } from '../program/program.ts'

const text = { takes: 'text', by: '' } as const
const newFiles = { '0644': 0o644, '0666': 0o666, '0660': 0o660, '0777': 0o777 } as const
const content = 'mount-tester new file\n'
const pauseMs = 2000

/** `mounttest`: says what files and mounts are, and makes files with given permissions. */
export const mountTest: Subcommand = {
  flags: {
    fs_type: text,
    file_mode: text,
    file_perm: text,
    file_owner: text,
    new_file_0644: text,
    new_file_0666: text,
    new_file_0660: text,
    new_file_0777: text,
    file_content: text,
    file_content_in_loop: text,
    retry_time: { takes: 'number', by: 180 },
    break_on_expected_content: { takes: 'switch', by: true },
  },
  start(run) {
    const { memo, flags, world } = run
    if (run.isNew) {
      memo.failed = !checks(run)
      memo.tryAtMs = world.nowMs()
    }
    const path = flags.text('file_content_in_loop')
    const untilMs = run.startedMs + flags.number('retry_time') * 1000
    const attempt = () => {
      const nowMs = world.nowMs()
      if (path === '' || nowMs >= untilMs) return run.exit(memo.failed ? 1 : 0)
      if (nowMs < Number(memo.tryAtMs)) return
      const isDone = readInLoop(run, path)
      if (isDone) return run.exit(memo.failed ? 1 : 0)
      memo.tryAtMs = nowMs + pauseMs
    }
    if (run.isNew) attempt()
    return { wakeAtMs: () => Number(memo.tryAtMs), wake: attempt }
  },
}

/** All that is done once, in upstream's order; whether nothing failed. */
function checks(run: Run): boolean {
  const { flags } = run
  const results = [
    show(run, flags.text('fs_type'), 'statfs', (path, { fileSystem }) => [
      `mount type of ${quoted(path)}: ${fileSystemNames[fileSystem]}`,
    ]),
    ...Object.entries(newFiles).map(([name, mode]) =>
      makeFile(run, flags.text(`new_file_${name}`), mode),
    ),
    show(run, flags.text('file_mode'), 'Stat', (path, status) => [
      `mode of file ${quoted(path)}: ${goMode(status)}`,
    ]),
    show(run, flags.text('file_perm'), 'Stat', (path, { mode }) => [
      `perms of file ${quoted(path)}: -${permissionLetters(mode)}`,
    ]),
    show(run, flags.text('file_owner'), 'stat', (path, { uid, gid }) => [
      `owner UID of ${quoted(path)}: ${uid}`,
      `owner GID of ${quoted(path)}: ${gid}`,
    ]),
    readFile(run, flags.text('file_content')),
  ]
  return results.every(Boolean)
}

/** The numbers by which the kernel knows file systems, but for tmpfs, which upstream names. */
const fileSystemNames = { memory: 'tmpfs', disk: '61267', overlay: '2035054128' } as const

function show(
  { world, print }: Run,
  path: string,
  call: string,
  lines: (path: string, status: ProcessFileStatus) => readonly string[],
): boolean {
  if (path === '') return true
  const status = world.files.status(path)
  if (status) for (const line of lines(path, status)) print(`${line}\n`)
  else print(`error from ${call}(${quoted(path)}): ${missing(call.toLowerCase(), path)}\n`)
  return status !== undefined
}

function makeFile(run: Run, path: string, mode: number): boolean {
  if (path === '') return true
  const { files } = run.world
  try {
    const isNew = files.kindOf(path) === undefined
    files.write(path, content)
    if (isNew) files.setMode(path, mode)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    const why = `open ${path}: ${error.reason.toLowerCase()}`
    run.print(`error writing new file ${quoted(path)}: ${why}\n`)
    return false
  }
  return readFile(run, path)
}

function readFile(run: Run, path: string): boolean {
  if (path === '') return true
  const found = contentAt(run, path)
  if ('text' in found) run.print(`content of file ${quoted(path)}: ${found.text}\n`)
  else run.print(`error reading file content for ${quoted(path)}: ${found.why}\n`)
  return 'text' in found
}

/** Whether the loop is over; what was read last decides how it ended. */
function readInLoop(run: Run, path: string): boolean {
  const found = contentAt(run, path)
  run.memo.failed = !('text' in found)
  if (!('text' in found)) {
    run.print(`Error reading file ${path}: ${found.why}, retrying\n`)
    return false
  }
  run.print(`content of file ${quoted(path)}: ${found.text}\n`)
  if (!run.flags.isSet('break_on_expected_content')) return false
  if (found.text === content) return true
  run.print(`Unexpected content. Expected: ${content}. Retrying\n`)
  return false
}

type Content = { readonly text: string } | { readonly why: string }

function contentAt({ world: { files } }: Run, path: string): Content {
  if (files.kindOf(path) === 'directory') return { why: `read ${path}: is a directory` }
  const found = files.read(path)
  if (found === undefined) return { why: missing('open', path) }
  return files.isReadable(path) ? { text: found } : { why: `open ${path}: permission denied` }
}

function missing(call: string, path: string): string {
  return call === 'statfs'
    ? 'no such file or directory'
    : `${call} ${path}: no such file or directory`
}

const quoted = (path: string) => JSON.stringify(path)

/** As Go prints a mode: `dtrwxrwxrwx`. */
function goMode({ kind, mode }: ProcessFileStatus): string {
  const letters = [
    kind === 'directory' ? 'd' : '',
    mode & 0o4000 ? 'u' : '',
    mode & 0o2000 ? 'g' : '',
    mode & 0o1000 ? 't' : '',
  ].join('')
  return `${letters || '-'}${permissionLetters(mode)}`
}

function permissionLetters(mode: number): string {
  return [...'rwxrwxrwx'].map((letter, at) => (mode & (0o400 >> at) ? letter : '-')).join('')
}

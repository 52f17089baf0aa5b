import type { ProcessFiles } from '../../process/process.ts'

/** Letters of a file that cost one step to read or write. */
const lettersPerStep = 100
const namesPerStep = 10

/** The files of a container as a script sees them: what it reads and writes costs it steps. */
export function chargedFiles(files: ProcessFiles, charge: (steps: number) => void): ProcessFiles {
  const paid = (text: string) => charge(text.length / lettersPerStep)
  return {
    ...files,
    read(path) {
      const text = files.read(path)
      if (text !== undefined) paid(text)
      return text
    },
    write(path, text) {
      paid(text)
      files.write(path, text)
    },
    append(path, text) {
      paid(text)
      files.append(path, text)
    },
    list(path) {
      const names = files.list(path)
      charge(names.length / namesPerStep)
      return names
    },
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type AdmissionSettings, readAdmissionSettings } from '#apiserver'
import { KnarrError } from '#lib'

/**
 * What the file of `--admission-control-config-file` says; paths in it are relative to it.
 * @throws KnarrError `NoSuchFile`, `BadAdmissionConfig`
 */
export function admissionOf({
  admissionConfigFile: file,
}: {
  readonly admissionConfigFile?: string
}): { readonly admission?: AdmissionSettings } {
  if (file === undefined) return {}
  const relative = (path: string) => read(resolve(dirname(file), path))
  return { admission: readAdmissionSettings(read(file), relative) }
}

function read(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  throw new KnarrError('NoSuchFile', `there is no admission configuration ${path}`)
}

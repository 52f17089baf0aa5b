import { dirname, resolve } from 'node:path'
import { type AdmissionSettings, readAdmissionSettings } from '#apiserver'
import { readConfigFile } from '../config-files/config-file.ts'

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
  const read = (path: string) => readConfigFile('admission configuration', path)
  const relative = (path: string) => read(resolve(dirname(file), path))
  return { admission: readAdmissionSettings(read(file), relative) }
}

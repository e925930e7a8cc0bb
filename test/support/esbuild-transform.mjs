/** Strips types for jest; one file at a time, with its source map inline. */
import { transformSync } from 'esbuild';

export default {
  process(source, path) {
    const { code } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourcefile: path,
    });
    return { code };
  },
};

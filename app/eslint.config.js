// What the compiler does not see: promises nobody waits for, templates that go wrong. How it is laid out is nobody's concern here.
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'figures', 'node_modules', 'src/api/schema.d.ts', 'src/sw.js', 'public', 'scripts', 'eslint.config.js'] },
  ...ts.configs.recommendedTypeChecked,
  ...vue.configs['flat/essential'],
  {
    languageOptions: {
      parserOptions: { parser: ts.parser, project: ['./tsconfig.json', './tests/tsconfig.json'], extraFileExtensions: ['.vue'] },
    },
    rules: {
      'vue/multi-word-component-names': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      // The wide type of a form's field is what is meant; the rule takes the narrow one for the same.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // `T | ''`: the empty string says that nothing was chosen.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
    },
  },
  // What a server or a page answers is looked into as it comes; what a test measured is told.
  {
    files: ['tests/**'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  // Only vue-tsc knows what a component is.
  { files: ['src/main.ts'], rules: { '@typescript-eslint/no-unsafe-argument': 'off' } },
)

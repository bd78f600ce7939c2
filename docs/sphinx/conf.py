# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for the documentation site; tools/make_docs.py builds it."""

from __future__ import annotations

project = "opsaudit.sessions"
copyright = "2026, The opsaudit.sessions developers"
html_title = html_short_title = "opsaudit.sessions"

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_theme_options = {"vcs_pageview_mode": "", "topbar_links": {"Repository": "https://github.com/opsaudit/sessions"}}
html_show_sphinx = False
html_copy_source = False
html_use_index = False

# Every reference must lead somewhere, but for those of antsibull-docs into Ansible's own documentation: a build fetches nothing.
nitpicky = True
nitpick_ignore = [("std:ref", name) for name in ("action_plugins", "common_return_values", "ansible_configuration_settings")]
nitpick_ignore_regex = [("envvar", "ANSIBLE_.*")]

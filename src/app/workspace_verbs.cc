// The verbs about workspaces. None of them takes the folder's lock: a server may have it open.

#include <cstdio>
#include <string>

#include "app/verbs.h"
#include "app/workspaces.h"

namespace boathouse::app {

int WorkspaceCreateVerb(const Arguments& arguments) {
  const std::string& name = arguments.positional()[0];
  const Result<std::string> token = CreateWorkspace(arguments.Get("data"), name);
  if (!token.ok()) return Fail(token.error());
  std::string url = arguments.Get("url", "http://127.0.0.1:8080");
  while (url.ends_with('/')) url.pop_back();
  std::printf("workspace %s\n%s/w/%s/setup?token=%s\n", name.c_str(), url.c_str(), name.c_str(),
              token->c_str());
  return 0;
}

int WorkspaceListVerb(const Arguments& arguments) {
  for (const std::string& name : ListWorkspaces(arguments.Get("data"))) {
    std::printf("%s\t%s\n", name.c_str(),
                name == main_workspace ? "/" : ("/w/" + name + "/").c_str());
  }
  return 0;
}

int WorkspaceRemoveVerb(const Arguments& arguments) {
  const std::string& name = arguments.positional()[0];
  const Result<std::string> aside = RemoveWorkspace(arguments.Get("data"), name);
  if (!aside.ok()) return Fail(aside.error());
  std::printf("removed %s; its folder is %s now\n", name.c_str(), aside->c_str());
  return 0;
}

}  // namespace boathouse::app

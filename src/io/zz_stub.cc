#include "io/file_system.h"
#include <fcntl.h>
#include <unistd.h>
#include <sys/stat.h>
#include <dirent.h>
#include <sys/file.h>
#include <algorithm>
#include <fstream>
#include <filesystem>
#include <sys/statvfs.h>
namespace weir::io {
namespace {
Error err(const std::string& p, const char* w="cannot"){ return Error(errno==ENOENT?ErrorKind::kNotFound:ErrorKind::kIo, 1540, std::string(w)+": "+p+": "+strerror(errno)); }
class F final: public File { public: int fd; std::string p; ~F(){close(fd);} 
 Result<size_t> read_at(uint64_t o,char*b,size_t n) override { ssize_t r=pread(fd,b,n,o); if(r<0) return err(p); return size_t(r);} 
 Status write_at(uint64_t o,std::string_view s) override { if(pwrite(fd,s.data(),s.size(),o)!=ssize_t(s.size())) return err(p); return {}; }
 Status append(std::string_view s) override { lseek(fd,0,SEEK_END); if(write(fd,s.data(),s.size())!=ssize_t(s.size())) return err(p); return {}; }
 Status sync() override { return {}; } Status truncate(uint64_t n) override { if(ftruncate(fd,n)) return err(p); return {}; }
 Result<FileInfo> info() override { struct stat s; fstat(fd,&s); FileInfo i; i.size=s.st_size; i.inode=s.st_ino; i.is_directory=S_ISDIR(s.st_mode); return i; } };
class L final: public FileLock { public: int fd; ~L(){close(fd);} };
class R final: public FileSystem { public:
 Result<std::unique_ptr<File>> open(const std::string& p, OpenMode m) override { int f=m==OpenMode::kRead?O_RDONLY:m==OpenMode::kReadWrite?O_RDWR:m==OpenMode::kCreate?O_RDWR|O_CREAT:O_RDWR|O_CREAT|O_EXCL; int fd=::open(p.c_str(),f|O_CLOEXEC,0644); if(fd<0) return err(p); auto x=std::make_unique<F>(); x->fd=fd; x->p=p; return std::unique_ptr<File>(std::move(x)); }
 Result<std::unique_ptr<FileLock>> lock(const std::string& p) override { int fd=::open(p.c_str(),O_RDWR|O_CREAT,0644); if(fd<0) return err(p); if(flock(fd,LOCK_EX|LOCK_NB)){ close(fd); return Error(ErrorKind::kLocked,1541,"locked"); } auto x=std::make_unique<L>(); x->fd=fd; return std::unique_ptr<FileLock>(std::move(x)); }
 Result<FileInfo> info(const std::string& p) override { struct stat s; if(stat(p.c_str(),&s)) return err(p); FileInfo i; i.size=s.st_size; i.inode=s.st_ino; i.is_directory=S_ISDIR(s.st_mode); return i; }
 Result<std::vector<std::string>> list(const std::string& p) override { std::vector<std::string> o; DIR*d=opendir(p.c_str()); if(!d) return err(p); while(auto*e=readdir(d)){ std::string n=e->d_name; if(n!="."&&n!="..") o.push_back(n);} closedir(d); std::sort(o.begin(),o.end()); return o; }
 Status make_dirs(const std::string& p) override { std::error_code e; std::filesystem::create_directories(p,e); if(e) return Error(ErrorKind::kIo,1540,e.message()); return {}; }
 Status rename(const std::string&a,const std::string&b) override { if(::rename(a.c_str(),b.c_str())) return err(a); return {}; }
 Status remove(const std::string&p) override { if(::remove(p.c_str())) return err(p); return {}; }
 Status sync_dir(const std::string&) override { return {}; }
 Result<uint64_t> free_bytes(const std::string&p) override { struct statvfs v; if(statvfs(p.c_str(),&v)) return err(p); return uint64_t(v.f_bavail)*v.f_frsize; }
};
}
Result<std::string> FileSystem::read_all(const std::string& p){ auto f=TRY(open(p,OpenMode::kRead)); auto i=TRY(f->info()); std::string s(i.size,0); auto n=TRY(f->read_at(0,s.data(),s.size())); s.resize(n); return s; }
Status FileSystem::write_atomically(const std::string& p,std::string_view c){ auto f=TRY(open(p,OpenMode::kCreate)); TRY_VOID(f->truncate(0)); return f->write_at(0,c); }
Status FileSystem::remove_tree(const std::string& p){ std::error_code e; std::filesystem::remove_all(p,e); return {}; }
std::unique_ptr<FileSystem> make_real_file_system(){ return std::make_unique<R>(); }
std::string join_path(std::string_view d,std::string_view n){ if(d.empty()||(!n.empty()&&n[0]=='/')) return std::string(n); return std::string(d)+(d.back()=='/'?"":"/")+std::string(n);} 
std::string parent_path(std::string_view p){ auto s=p.rfind('/'); return s==std::string_view::npos?".":std::string(p.substr(0,s)); }
std::string base_name(std::string_view p){ auto s=p.rfind('/'); return std::string(s==std::string_view::npos?p:p.substr(s+1)); }
}
